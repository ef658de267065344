import { clusterProfile } from './profile/profile.fixture.ts'
import { readProfile } from './profile/profile.ts'
import { hostileSpecs, hostileToAdvice } from './profile/profile-worst.fixture.ts'

for (const [n, s] of Object.entries({ ...hostileSpecs, ...hostileToAdvice })) {
  const r = readProfile(clusterProfile(s))
  console.log(
    n,
    '|',
    'problems' in r
      ? r.problems.length +
          ' ' +
          r.problems[0]!.path.join('.') +
          ' ' +
          r.problems[0]!.message.slice(0, 100) +
          ' … ' +
          r.problems.at(-1)!.message.slice(0, 60)
      : 'ok',
  )
}

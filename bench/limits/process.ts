import type { Json } from '../../src/json/json.ts'
import { clusterProfile } from '../../src/profile/profile.fixture.ts'
import { hostileSpecs } from '../../src/profile/profile-worst.fixture.ts'
import { readProfile } from '../../src/profile/read.ts'
import { compiler } from '../../src/template/cel/cel.ts'
import { compilePattern } from '../../src/template/cel/regex.ts'
import { hostileExpressions, largeApp, largePod } from '../../src/template/cel/worst.fixture.ts'
import { hostilePatterns } from './patterns.ts'

/** One case, once, in a process that has only warmed up: JSON of the processor's time and of the memory it took. */
const [kind = '', name = ''] = process.argv.slice(2)

const compile = compiler({}, ['pod', 'namespaceObject', 'app'])
const actions: Readonly<Record<string, () => () => unknown>> = {
  expression: () => {
    const expression = compile(hostileExpressions[name] ?? '')
    if ('error' in expression) throw new Error(expression.error)
    return () => expression.evaluate({ params: {}, pod: largePod, app: largeApp, namespaceObject: {} })
  },
  pattern: () => () => compilePattern(hostilePatterns[name] ?? ''),
  profile: () => {
    const profile = clusterProfile(hostileSpecs[name] ?? {})
    return () => readProfile(profile)
  },
}

readProfile(clusterProfile({ containers: [{ name: 'a', image: '$("b".matches("c") ? "d" : "e")' }] }) as Json)
const action = actions[kind]?.() ?? (() => undefined)
const rss = process.resourceUsage().maxRSS
const start = process.cpuUsage()
action()
const { user, system } = process.cpuUsage(start)
console.log(
  JSON.stringify({ ms: (user + system) / 1_000, mb: (process.resourceUsage().maxRSS - rss) / 1_024 }),
)

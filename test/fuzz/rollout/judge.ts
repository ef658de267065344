import type { Step } from '../step.ts'
import { play } from './play.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Plays a story, if need be also with one leader and without anything that must not matter; says what is wrong. */
export async function judge(
  { story, isSameForOne }: Extract<Step, { do: 'rollout' }>,
  time: VirtualTime,
): Promise<readonly string[]> {
  const { violations, rest } = await play(story, time)
  if (!isSameForOne) return violations
  const happenings = story.happenings.filter(one => one.do === 'edit')
  const quiet = await play({ ...story, happenings }, time)
  const isSame = quiet.rest === rest
  return isSame ? violations : [...violations, `it ends with ${rest}, and with one leader with ${quiet.rest}`]
}

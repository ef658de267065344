import { expect, it } from 'vitest'
import { namespace, podOf, withStatus } from '../decide.fixture.ts'
import { revisionsOfPod } from './revisions-of-pod.ts'

const key = 'pillion.dev/logging.revision'
const [has, had, pinned] = ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'] as const
const claiming = (claim: object) => withStatus(podOf(), { profiles: { logging: claim } })
const updated = { from: had, at: '2026-01-02T03:04:05Z' }

it.each([
  { what: 'its own', pod: claiming({ revision: has }), is: [has] },
  { what: 'its own and the earlier one', pod: claiming({ revision: has, updated }), is: [has, had] },
  { what: 'the pinned one', pod: podOf({}, { annotations: { [key]: pinned } }), is: [pinned] },
  {
    what: 'the one that its namespace pins',
    pod: claiming({ revision: has }),
    annotations: { [key]: pinned },
    is: [has, pinned],
  },
  {
    what: 'none of another profile',
    pod: withStatus(podOf(), { profiles: { other: { revision: has } } }),
    is: [],
  },
  {
    what: 'none that is no revision',
    pod: claiming({ revision: 'latest' }),
    annotations: { [key]: 'x' },
    is: [],
  },
  { what: 'none without annotations', pod: {}, is: [] },
])('a Pod that runs needs $what', ({ pod, annotations = {}, is }) => {
  expect(revisionsOfPod('logging', { pod, namespace: { ...namespace, annotations } })).toEqual(is)
})

import { expect, it } from 'vitest'
import { canary, container, pod, rolloutOf, stable, updatedPod } from './rollout-pod.fixture.ts'
import { rolloutViews } from './rollout-view.ts'

const degraded = {
  ...rolloutOf({ update: 'InPlace' }, { phase: 'Degraded' }),
  key: 'agent',
  uid: 'u',
  name: 'agent',
  basis: '',
}
const hung = [container({ isStarted: false, isReady: false })]

it.each([
  [
    'failed if its sidecar hangs since its update',
    updatedPod(400, { due: stable, kind: 'images', containers: hung }),
    'failed',
  ],
  [
    'failed if its sidecar crashes since its update',
    updatedPod(60, {
      due: stable,
      kind: 'images',
      containers: [container({ isStarted: false, isReady: false, waiting: 'CrashLoopBackOff' })],
    }),
    'failed',
  ],
  [
    'to be recreated if it was created so',
    pod({ revision: canary, due: stable, kind: 'images', containers: hung }),
    'needsRecreate',
  ],
])('after another Pod failed, a Pod that ran for an hour counts as %s', (_, seen, expected) => {
  const now = Date.UTC(2026, 0, 31, 12)
  const records = new Map([['agent', [{ pod: seen, pulls: [] }]]])
  const [view] = rolloutViews().of([degraded], records, now)
  expect(view?.pods[0]?.own.state).toBe(expected)
})

import { expect, it } from 'vitest'
import { rules } from '../../explain/origin.ts'
import { originText } from './origin-text.ts'

it('the origin of a line says profile, field, expressions and parameters', () => {
  expect(
    originText({
      profile: 'log-tail',
      revision: '0dc33ee59b',
      pointer: '/spec/containers/0/args/0',
      expressions: [{ source: '$(params.path)', value: '/logs' }],
      conditions: [],
      parameters: [{ name: 'path', value: '/logs', from: 'pod' }],
    }),
  ).toBe(
    'Profile log-tail, spec.containers[0].args[0]\n$(params.path) is "/logs"\nparameter path is "/logs": an annotation of the Pod',
  )
})

it('the field of an origin may have keys that are no names', () => {
  const origin = { profile: 'p', revision: 'r', expressions: [], conditions: [], parameters: [] }
  expect(originText({ ...origin, pointer: '/spec/pod/annotations/a.b~1c' })).toBe(
    'Profile p, spec.pod.annotations["a.b/c"]',
  )
})

it('a value of no profile has the sentence of its rule', () => {
  expect(originText({ rule: 'status' })).toBe(rules.status)
})

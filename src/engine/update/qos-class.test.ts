import { expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container } from '../decide.fixture.ts'
import { qosClassOf } from './qos-class.ts'

const whole = { cpu: '1', memory: '1Gi' }
const equal = { requests: { cpu: '1000m', memory: '1024Mi' }, limits: whole }

it.each<{ what: string; is: string; resources: readonly JsonObject[] }>([
  { is: 'BestEffort', what: 'no requests and no limits', resources: [{}, {}] },
  { is: 'BestEffort', what: 'none of CPU and memory', resources: [{ requests: { 'example.com/gpu': 1 } }] },
  { is: 'BestEffort', what: 'requests of nothing', resources: [{ requests: { cpu: '0' } }] },
  { is: 'Burstable', what: 'one request', resources: [{}, { requests: { cpu: '1m' } }] },
  {
    is: 'Burstable',
    what: 'less requested than the limit',
    resources: [{ requests: { cpu: '1m', memory: '1Gi' }, limits: whole }],
  },
  {
    is: 'Burstable',
    what: 'a limit of CPU alone',
    resources: [{ requests: { cpu: '1' }, limits: { cpu: '1' } }],
  },
  { is: 'Burstable', what: 'one container without', resources: [equal, {}] },
  { is: 'Guaranteed', what: 'requests that are the limits, in other words, too', resources: [equal, equal] },
])('$is: $what', ({ is, resources }) => {
  expect(qosClassOf(resources.map((one, i) => container(`c${i}`, { resources: one })))).toBe(is)
})

import { expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { container } from '../decide.fixture.ts'
import { isSameAmount, qosClassOf } from './qos-class.ts'

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
  { is: 'Burstable', what: 'a limit and no request', resources: [{ limits: { cpu: '1' } }] },
  {
    is: 'Burstable',
    what: 'limits of both, and a request of one',
    resources: [{ requests: { cpu: '1' }, limits: whole }],
  },
  { is: 'Burstable', what: 'one container without', resources: [equal, {}] },
  {
    is: 'Burstable',
    what: 'one container without limits, though the sums are equal',
    resources: [
      { requests: { cpu: '500m', memory: '512Mi' }, limits: whole },
      { requests: { cpu: '500m', memory: '512Mi' } },
    ],
  },
  { is: 'Guaranteed', what: 'requests that are the limits, in other words, too', resources: [equal, equal] },
])('$is: $what', ({ is, resources }) => {
  expect(qosClassOf(resources.map((one, i) => container(`c${i}`, { resources: one })))).toBe(is)
})

it.each<{ a: Json | undefined; b: Json | undefined; is: boolean }>([
  { a: undefined, b: undefined, is: true },
  { a: '1', b: '1000m', is: true },
  { a: 1, b: '1', is: true },
  { a: '1', b: '2', is: false },
  { a: '1', b: undefined, is: false },
  { a: undefined, b: '0', is: false },
  { a: 'much', b: 'much', is: true },
  { a: 'much', b: 'more', is: false },
  { a: 'much', b: undefined, is: false },
])('whether $a and $b are the same amount: $is', ({ a, b, is }) => {
  expect(isSameAmount(a, b)).toBe(is)
})

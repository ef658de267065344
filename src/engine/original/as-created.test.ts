import { expect, it } from 'vitest'
import { asCreated } from './as-created.ts'

const spec = { containers: [{ name: 'app', image: 'example/app:1' }] }
const sent = { labels: { app: 'till' }, annotations: { 'example.com/a': 'b' } }
const stored = {
  uid: '0b6f',
  resourceVersion: '41',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 2,
  managedFields: [],
}

it.each([
  {
    what: 'that a controller created has no name yet',
    pod: {
      apiVersion: 'v1',
      metadata: { ...sent, ...stored, generateName: 'till-', name: 'till-x2k9p' },
      spec: { ...spec, nodeName: 'worker-1' },
      status: { phase: 'Running' },
    },
    is: { apiVersion: 'v1', metadata: { ...sent, generateName: 'till-' }, spec },
  },
  {
    what: 'with a name of its own keeps it',
    pod: { metadata: { ...stored, name: 'till' }, spec },
    is: { metadata: { name: 'till' }, spec },
  },
  { what: 'without metadata and spec is empty', pod: {}, is: { metadata: {}, spec: {} } },
])('a Pod $what', ({ pod, is }) => {
  expect(asCreated(pod)).toEqual(is)
})

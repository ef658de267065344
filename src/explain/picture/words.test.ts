import { describe, expect, it } from 'vitest'
import type { Container } from '../../engine/pod.ts'
import { podPicture } from './pod-picture.ts'
import { addedText, endingOf, pictureText } from './words.ts'

const named = (...names: string[]): readonly Container[] => names.map(name => ({ name }))
const sidecars = (...names: string[]) => names.map(name => ({ name, restartPolicy: 'Always' }))

describe('the end of a picture', () => {
  const service = 'End, when the Pod is deleted'
  const job = 'End, when the work is done'

  it.each<{
    readonly initContainers?: readonly Container[]
    readonly containers: readonly Container[]
    readonly restartPolicy?: string
    readonly says: readonly string[]
  }>([
    { containers: named('app'), says: [service, 'app ends'] },
    { containers: named('app', 'web'), says: [service, 'app and web end'] },
    { containers: named('a', 'b', 'c'), says: [service, 'a and 2 others end'] },
    { initContainers: named('init'), containers: named('app'), says: [service, 'app ends'] },
    {
      initContainers: sidecars('log'),
      containers: named('app'),
      says: [service, 'app ends first', 'then log ends'],
    },
    {
      initContainers: sidecars('log', 'proxy'),
      containers: named('app', 'regular'),
      says: [service, 'app and regular end first', 'then log and proxy end, last started first'],
    },
    { containers: named('app'), restartPolicy: 'Never', says: [job, 'app ends: the Pod is complete'] },
    {
      initContainers: sidecars('log'),
      containers: named('app'),
      restartPolicy: 'OnFailure',
      says: [job, 'app ends', 'then log ends by itself: the Pod is complete'],
    },
    {
      initContainers: sidecars('a', 'b'),
      containers: named('app', 'regular'),
      restartPolicy: 'Never',
      says: [job, 'app ends', 'then a and b end by themselves', 'regular keeps the Pod running'],
    },
    { containers: [], says: [service] },
  ])('says $says', ({ says: [title, ...steps], ...spec }) => {
    const injected = { revision: '', containers: ['regular'] }
    const picture = podPicture({ spec }, [{ name: 'p', injected }])
    const ending = endingOf(picture)
    expect([ending.title, ...ending.steps.map(({ text }) => text)]).toEqual([title, ...steps])
  })

  it('cuts names, so that the sentence can be read', () => {
    const { steps } = endingOf(podPicture({ spec: { containers: named('x'.repeat(253)) } }))
    expect(steps[0]?.text).toBe(`${'x'.repeat(27)}… ends`)
  })
})

describe('a picture in words', () => {
  const pod = {
    metadata: { name: 'reporter' },
    spec: {
      initContainers: [
        {
          name: 'log-tail',
          restartPolicy: 'Always',
          resources: { requests: { cpu: '10m', memory: '32Mi' } },
          volumeMounts: [{ name: 'logs', mountPath: '/logs', readOnly: true }],
        },
      ],
      containers: [{ name: 'app', volumeMounts: [{ name: 'logs', mountPath: '/logs' }] }],
      volumes: [{ name: 'logs', emptyDir: {} }],
    },
  }
  const picture = podPicture(pod, [
    { name: 'log-tail', injected: { revision: '', initContainers: ['log-tail'] } },
  ])

  it('says what the picture shows', () => {
    expect(pictureText(picture)).toBe(
      'Pod reporter. Its containers, in the order in which they start: ' +
        '1. log-tail, native sidecar, injected by log-tail. 2. app, app container. ' +
        'Volume logs (emptyDir) is mounted by log-tail (read-only), app. ' +
        'The Pod requests 10m CPU, 32Mi; +10m CPU, +32Mi by Pillion. ' +
        'End, when the Pod is deleted: app ends first; then log-tail ends.',
    )
  })

  it('says what was added to the requests', () => {
    expect(addedText(picture)).toBe('+10m CPU, +32Mi')
  })

  it('is short for a large Pod', () => {
    const names = Array.from({ length: 100 }, (_, i) => `${i}-${'x'.repeat(200)}`)
    const volumes = names.map(name => ({ name, configMap: { name } }))
    const volumeMounts = names.map(name => ({ name, mountPath: `/${name}` }))
    const containers = names.map(name => ({ name, volumeMounts }))
    const text = pictureText(
      podPicture({ metadata: { name: 'y'.repeat(253) }, spec: { containers, volumes } }),
    )
    expect(text.length).toBeLessThan(20_000)
    expect(text).toContain('And 88 more.')
  })
})

import { expect, it } from 'vitest'
import { container, injectInto, names, podOf, profilesOf, statusIn } from '../decide.fixture.ts'

/** What depends on a label of the Pod. */
const when = 'pod.metadata.?labels.?full.orValue("") == "yes"'
const text = '$(pod.metadata.?labels.?text)'
const profiles = profilesOf({
  side: {
    volumes: [{ name: 'logs', when, emptyDir: {} }],
    containers: [
      container('ship', { workingDir: text, args: ['a', text] }),
      container('more', { when, args: ['b'] }),
    ],
    initContainers: [container('prepare', { when })],
    appContainers: [
      {
        select: 'all',
        env: [{ name: 'A', value: '1', when }],
        envFrom: [{ configMapRef: { name: 'logs' }, when }],
        volumeMounts: [{ name: 'logs', mountPath: '/logs', when }],
      },
    ],
    pod: {
      labels: { always: 'yes', sometimes: text },
      runtimeClassName: text,
      imagePullSecrets: [{ name: 'registry', when }],
    },
  },
})

it('what the Pod decides about is given or is not there at all', () => {
  const injected = (labels: { [key: string]: string }) =>
    injectInto(podOf({}, { labels }), profiles, { requested: 'side' })
  const less = injected({})
  expect(names(less.spec?.initContainers)).toEqual(['ship'])
  expect(less.spec?.initContainers?.[0]).not.toHaveProperty('workingDir')
  for (const field of ['volumes', 'runtimeClassName', 'imagePullSecrets'])
    expect(less.spec).not.toHaveProperty(field)
  for (const field of ['env', 'envFrom', 'volumeMounts'])
    expect(less.spec?.containers?.[0]).not.toHaveProperty(field)
  expect(less.metadata?.labels).toEqual({ always: 'yes' })
  const { profiles: claims } = statusIn(less) as { profiles: { side: object } }
  expect(Object.keys(claims.side)).toEqual(['initContainers', 'labels', 'revision'])

  const more = injected({ full: 'yes', text: 'gvisor' })
  expect(names(more.spec?.initContainers)).toEqual(['ship', 'more', 'prepare'])
  expect(more.spec?.initContainers?.[0]).toMatchObject({ workingDir: 'gvisor', args: ['a', 'gvisor'] })
  expect(names(more.spec?.volumes)).toEqual(['logs'])
  expect(more.spec).toMatchObject({ runtimeClassName: 'gvisor', imagePullSecrets: [{ name: 'registry' }] })
  expect(more.spec?.containers?.[0]).toMatchObject({
    env: [{ name: 'A', value: '1' }],
    envFrom: [{ configMapRef: { name: 'logs' } }],
    volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
  })
  expect(more.metadata?.labels).toEqual({ full: 'yes', text: 'gvisor', always: 'yes', sometimes: 'gvisor' })
})

import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { container, decideOn, injectInto, podAsking, podOf, profilesOf, statusIn } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'
import type { Status } from '../status/status.ts'

const giving = (name: string) => ({ pod: { annotations: { [`example.com/${name}`]: 'é' } } })
const profiles = profilesOf({ one: giving('one'), two: giving('two') })
const own = 'example.com/own'

/** The bytes of annotations, as the API server counts them. */
function bytesOf(annotations: object | undefined): number {
  return Buffer.byteLength(
    Object.entries(annotations ?? {})
      .flat()
      .join(''),
  )
}

/** A Pod whose own annotations have this number of bytes. */
function podOfBytes(bytes: number) {
  const rest = bytes - bytesOf(podAsking('one,two', {}, { [own]: '' }).metadata?.annotations)
  return podAsking('one,two', {}, { [own]: 'x'.repeat(rest) })
}

/** The bytes of what is added. */
function added(): number {
  const { patch } = decideOn(podOfBytes(1_000), profiles)
  return bytesOf(
    Object.fromEntries(
      patch.map(({ path, value }) => [
        path.replace('/metadata/annotations/', '').replaceAll('~1', '/'),
        value,
      ]),
    ),
  )
}

describe('all annotations of a Pod together', () => {
  it('may have as many bytes as the API server allows, and no more', () => {
    const room = limits.podAnnotationBytes - added()
    expect(decideOn(podOfBytes(room), profiles).outcome).toBe('injected')
    expect(decideOn(podOfBytes(room + 1), profiles)).toMatchObject({
      outcome: 'denied',
      reason: 'LimitExceeded',
      message: `the annotations of the Pod would have ${limits.podAnnotationBytes + 1} bytes; the limit is ${limits.podAnnotationBytes}: its own have ${room + 1}, and one, two would add ${added()}; make its own shorter`,
      profiles: [{ name: 'one' }],
    })
    expect(decideOn(podOfBytes(limits.podAnnotationBytes), profiles).outcome).toBe('denied')
  })

  it('are left to the API server if its own are too many', () => {
    expect(decideOn(podOfBytes(limits.podAnnotationBytes + 1), profiles).outcome).toBe('injected')
  })
})

describe('what was empty before, as the status names it for `uninject`', () => {
  const spec = {
    containers: [container('app', { env: [], envFrom: [], volumeMounts: [] }), container('web')],
    volumes: [],
    initContainers: [],
    imagePullSecrets: [],
    hostAliases: [],
    tolerations: [],
  }
  const all = (fields: object) => ({ appContainers: [{ select: 'all', ...fields }] })
  const volumes = [{ name: 'v', emptyDir: {} }]
  const emptyIn = (pod: Pod) => (statusIn(pod) as Status).empty

  it.each<{ gives: object; empty: readonly string[] | undefined }>([
    { gives: { pod: { shareProcessNamespace: true } }, empty: undefined },
    { gives: { pod: { labels: { a: 'b' } } }, empty: undefined },
    { gives: { containers: [container('side')] }, empty: ['/spec/initContainers'] },
    { gives: { lifecycle: 'regular', containers: [container('side')] }, empty: undefined },
    { gives: { volumes, containers: [container('side')] }, empty: ['/spec/initContainers', '/spec/volumes'] },
    { gives: { pod: { imagePullSecrets: [{ name: 'a' }] } }, empty: ['/spec/imagePullSecrets'] },
    { gives: { pod: { hostAliases: [{ ip: '::1', hostnames: [] }] } }, empty: ['/spec/hostAliases'] },
    { gives: all({ env: [{ name: 'A', value: '' }] }), empty: ['/spec/containers/app/env'] },
    { gives: all({ envFrom: [{ secretRef: { name: 'a' } }] }), empty: ['/spec/containers/app/envFrom'] },
  ])('is $empty when a profile gives $gives', ({ gives, empty }) => {
    const pod = podAsking('p', spec, { [own]: '' })
    expect(emptyIn(injectInto(pod, profilesOf({ p: gives })))).toEqual(empty)
  })

  it.each<{ metadata: JsonObject; empty: readonly string[] | undefined; why: string }>([
    { metadata: { name: 'cart' }, empty: undefined, why: 'there is no map' },
    { metadata: {}, empty: ['/metadata'], why: 'there is one' },
    { metadata: { generateName: 'cart-' }, empty: ['/metadata'], why: 'only a controller sets that field' },
    { metadata: { name: 'cart', labels: {} }, empty: ['/metadata/labels'], why: 'the labels are there' },
    {
      metadata: { annotations: {}, labels: {} },
      empty: ['/metadata/annotations', '/metadata/labels'],
      why: 'both are there',
    },
    { metadata: { labels: { a: 'b' } }, empty: undefined, why: 'there is a label' },
  ])('is $empty in metadata of $metadata: $why', ({ metadata, empty }) => {
    const pod = { ...podOf(), metadata }
    const labelling = profilesOf({ p: { pod: { labels: { x: 'y' } } } })
    expect(emptyIn(injectInto(pod, labelling, { requested: 'p' }))).toEqual(empty)
  })
})

import { describe, expect, it } from 'vitest'
import { limits } from '../../limits/limits.ts'
import { decideOn, podAsking, profilesOf } from '../decide.fixture.ts'

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

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cluster, container, namespace, profilesOf } from '../engine/decide.fixture.ts'
import { limits } from '../limits/limits.ts'
import { knownProfiles } from './known-profiles.ts'
import { logFieldsOf, shorten } from './log-fields.ts'
import { reviewProfile } from './profile-review.ts'
import { enclose } from './respond.ts'
import { type ReviewContext, review } from './review.ts'
import { headerWarnings } from './warnings.ts'

const profiles = profilesOf({
  side: { parameters: { size: { type: 'integer' } }, containers: [container('side')] },
  failing: {
    appContainers: [
      {
        select: 'all',
        env: Array.from({ length: 100 }, (_, i) => ({
          name: `E${i}`,
          value: `$(string(pod.spec.nothing) + '${'€'.repeat(400)}${i}')`,
        })),
      },
    ],
  },
})
const context: ReviewContext = { profiles, cluster, namespaceOf: name => ({ ...namespace, name }) }
const megabyte = 1_000_000

/** What somebody writes who means harm: long, without letters, halves of characters. */
const harm = fc
  .tuple(
    fc.constantFrom('x', '\u0000', '\ud800', '€', '😀', '"', '\\', ',', '.', '\n'),
    fc.integer({ min: 0, max: 17 }),
  )
  .map(([text, power]) => text.repeat(2 ** power))
const key = fc.oneof(
  harm,
  harm.map(name => `pillion.dev/${name}`),
  harm.map(name => `pillion.dev/side.${name}`),
  fc.constantFrom('pillion.dev/status', 'pillion.dev/side.size', 'kubernetes.io/config.mirror'),
)
const request = fc.oneof(
  harm,
  fc.constantFrom('side', 'failing', 'side,failing', 'none,side'),
  fc.array(harm, { maxLength: 70 }).map(names => names.join(',')),
)

function reviewOf(object: unknown, request = {}) {
  const kind = { group: '', version: 'v1', kind: 'Pod' }
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u1', kind, operation: 'CREATE', namespace: 'shop', object, ...request },
  }
}

function answerTo(body: unknown): string {
  const reviewed = review(body, context)
  if ('failure' in reviewed) throw reviewed.failure
  return JSON.stringify('badRequest' in reviewed ? reviewed.badRequest : reviewed.response)
}

describe('an answer without a patch', () => {
  it('has less than 64 KiB, whatever the Pod', () => {
    fc.assert(
      fc.property(request, fc.dictionary(key, harm, { maxKeys: 8 }), harm, (inject, annotations, name) => {
        const metadata = { name, annotations: { ...annotations, 'pillion.dev/inject': inject } }
        const answer = answerTo(reviewOf({ metadata, spec: { containers: [container('app')] } }))
        if (answer.includes('"patch":')) return
        expect(Buffer.byteLength(answer)).toBeLessThan(65_536)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    {
      what: 'expressions that fail',
      object: {
        metadata: { annotations: { 'pillion.dev/inject': 'failing' } },
        spec: { containers: [container('a')] },
      },
    },
    {
      what: 'strays',
      object: {
        metadata: {
          annotations: {
            'pillion.dev/inject': 'side',
            ...Object.fromEntries(
              Array.from({ length: 500 }, (_, i) => [`pillion.dev/${'\u0001'.repeat(300)}${i}.x`, '']),
            ),
          },
        },
        spec: {},
      },
    },
    { what: 'a malformed Pod', object: { metadata: { labels: { ['\u0001'.repeat(megabyte)]: 1 } } } },
  ])('has less than 64 KiB for $what', ({ object }) => {
    expect(Buffer.byteLength(answerTo(reviewOf(object)))).toBeLessThan(65_536)
  })

  it('does not repeat a uid of a megabyte', () => {
    const uid = 'u'.repeat(megabyte)
    expect(review(reviewOf({}, { uid }), context)).toEqual({
      badRequest: { status: 400, message: 'request.uid has 1000000 characters; the limit is 256' },
    })
  })

  it('has less than 64 KiB for a profile as well', () => {
    const kind = { group: 'pillion.dev', version: 'v1alpha1', kind: 'SidecarProfile' }
    const env = Array.from({ length: 90 }, (_, i) => ({ name: `A${i}`, value: `$(${'€'.repeat(400)})` }))
    const object = {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'SidecarProfile',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { appContainers: [{ select: 'all', env }] },
    }
    const reviewed = reviewProfile(reviewOf(object, { kind }), context)
    const answer = JSON.stringify('response' in reviewed && reviewed.response)
    expect(answer).toContain('the profile is not valid')
    expect(Buffer.byteLength(answer)).toBeLessThan(65_536)
  })

  it('keeps a message that fits, to the letter', () => {
    const status = {
      status: 'Failure',
      code: 403,
      reason: 'Forbidden',
      message: 'no: "größer" 😀\n',
    } as const
    expect(enclose({ uid: 'u', allowed: false, status, auditAnnotations: {} }).response.status).toEqual(
      status,
    )
  })
})

describe('headerWarnings of hostile texts', () => {
  it('are few, short, and on one line', () => {
    fc.assert(
      fc.property(fc.array(harm, { maxLength: 20 }), warnings => {
        const kept = headerWarnings(warnings)
        expect([...kept.join('')].length).toBeLessThanOrEqual(4_096)
        expect(kept.every(line => line.isWellFormed() && !/\p{Cc}/u.test(line))).toBe(true)
      }),
    )
  })

  it('are bounded in number, also when they are empty', () => {
    const kept = headerWarnings(Array.from({ length: 100_000 }, () => ''))
    expect(kept.length).toBeLessThan(2_100)
    expect(kept.at(-1)).toBe(`${100_000 - kept.length + 1} more; pillion explain shows all`)
  })
})

describe('what a log says', () => {
  it('has no name longer than a valid one, and no half of a character', () => {
    const names = fc.record({ name: harm, generateName: harm, kind: harm })
    fc.assert(
      fc.property(names, harm, ({ name, generateName, kind }, uid) => {
        const pod = { metadata: { name, generateName, ownerReferences: [{ kind, name, controller: true }] } }
        const logFields = logFieldsOf({ uid, operation: 'CREATE', dryRun: false, namespace: name, pod })
        expect(JSON.stringify(logFields).length).toBeLessThan(10_000)
        expect(shorten(`${'x'.repeat(252)}😀`).isWellFormed()).toBe(true)
      }),
    )
  })

  it('names each profile once, and no more of them than a Pod can get', () => {
    const decided = (name: string, revision?: string) =>
      ({
        name,
        ...(revision && { revision }),
        outcome: 'denied',
        reason: 'LimitExceeded',
        message: '',
        parameters: [],
      }) as const
    const repeated = Array.from({ length: 200 }, () => decided('slow', 'abc'))
    expect(knownProfiles([...repeated, decided('quick', 'def'), decided('nobody')])).toEqual([
      'slow@abc',
      'quick@def',
    ])
    expect(knownProfiles([{ ...decided('quick', 'def'), revisionBecause: 'canary' }])).toEqual([
      'quick@def (canary)',
    ])
    const many = Array.from({ length: 1_000 }, (_, i) => decided(`p${i}`, 'abc'))
    expect(knownProfiles(many)).toHaveLength(limits.requestedProfiles)
  })
})

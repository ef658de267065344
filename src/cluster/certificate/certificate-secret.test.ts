import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { foundIn } from './certificate-secret.ts'

const labels = { 'pillion.dev/certificates': 'self-managed' }
const data = { 'tls.crt': 'Y2VydA==' }

function secret({
  metadata = {},
  ...rest
}: {
  metadata?: JsonObject
  [member: string]: object | undefined
}): JsonObject {
  return {
    kind: 'Secret',
    metadata: { name: 'pillion-tls', namespace: 'pillion', resourceVersion: '7', ...metadata },
    ...rest,
  } as JsonObject
}

describe('foundIn', () => {
  it.each([
    { why: 'it carries the mark', found: secret({ metadata: { labels }, data }) },
    { why: 'it has no data', found: secret({ metadata: { labels: { team: 'platform' } } }) },
    { why: 'its members are empty', found: secret({ data: { 'tls.crt': '', 'tls.key': '' } }) },
  ])('takes a Secret for ours because $why', ({ found }) => {
    expect(foundIn(found)).toMatchObject({ kind: 'ours', resourceVersion: '7' })
  })

  it.each([
    { why: 'it has content and no label', found: secret({ data }) },
    {
      why: 'it is marked otherwise',
      found: secret({ metadata: { labels: { 'pillion.dev/certificates': 'x' } }, data }),
    },
    { why: 'it has a member that we know nothing of', found: secret({ data: { password: 'eA==' } }) },
  ])("takes a Secret for somebody else's because $why, and says what to do", ({ found }) => {
    const result = foundIn(found)
    expect(result).toMatchObject({
      kind: 'foreign',
      problem: expect.stringMatching(
        /^the Secret pillion\/pillion-tls .* Delete it, or label it .* --tls-cert/,
      ),
    })
    expect(JSON.stringify(result)).not.toContain('eA==')
  })

  it('reads the time before which CAs are revoked', () => {
    const annotations = { 'pillion.dev/revoke-before': '2026-01-31T12:00:00Z' }
    expect(foundIn(secret({ metadata: { labels, annotations }, data }))).toMatchObject({
      revokedBefore: '2026-01-31T12:00:00Z',
    })
  })

  it('reads the members of Pillion, with any contents', () => {
    const found = foundIn(
      secret({ metadata: { labels }, data: { ...data, 'ca.crt': 7 as never, other: 'eA==' } }),
    )
    expect(found).toMatchObject({ data: { 'tls.crt': 'cert', 'tls.key': '', 'ca.key': '' } })
    expect(found).not.toHaveProperty('data.other')
  })
})

import { describe, expect, it } from 'vitest'
import type { Decision } from '../engine/decision.ts'
import { respond } from './respond.ts'

const operation = { op: 'add', path: '/spec/volumes', value: [{ name: 'logs', emptyDir: {} }] } as const
const injected: Decision = {
  outcome: 'injected',
  reason: 'Injected',
  message: 'injected: logging',
  profiles: [
    {
      name: 'logging',
      revision: '3f2a91c0de',
      outcome: 'injected',
      reason: 'Injected',
      message: '',
      parameters: [],
    },
    {
      name: 'metrics',
      revision: '0123456789',
      outcome: 'skipped',
      reason: 'RequirementNotMet',
      message: '',
      parameters: [],
    },
  ],
  warnings: [],
  patch: [operation],
}
const denied: Decision = {
  ...injected,
  outcome: 'denied',
  reason: 'UnknownProfile',
  message: 'the Pod asks for an unknown profile "loging"',
  profiles: [{ name: 'loging', outcome: 'denied', reason: 'UnknownProfile', message: '', parameters: [] }],
  patch: [],
}

describe('respond', () => {
  it('answers an injected Pod with its uid and a JSON Patch in base64', () => {
    const { response, ...review } = respond('u1', injected)
    expect(review).toEqual({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })
    expect(response).toMatchObject({ uid: 'u1', allowed: true, patchType: 'JSONPatch' })
    expect(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString())).toEqual([operation])
  })

  it('has neither a patch nor its type where there is nothing to change', () => {
    expect(respond('u1', { ...injected, outcome: 'unchanged', patch: [] }).response).toEqual({
      uid: 'u1',
      allowed: true,
      auditAnnotations: expect.anything(),
    })
  })

  it('forbids a denied Pod, with the reason in the message that kubectl prints', () => {
    expect(respond('u1', denied).response).toEqual({
      uid: 'u1',
      allowed: false,
      status: {
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message:
          'UnknownProfile: the Pod asks for an unknown profile "loging" (what to do: pillion reasons UnknownProfile)',
      },
      auditAnnotations: { outcome: 'denied', reason: 'UnknownProfile' },
    })
  })

  it('gives each of several problems a line of its own', () => {
    const { status } = respond('u1', { ...denied, message: '- one\n- two' }).response
    expect(status?.message).toBe('UnknownProfile:\n- one\n- two\nwhat to do: pillion reasons UnknownProfile')
  })

  it('leaves outcome, reason and revisions in the audit log', () => {
    expect(respond('u1', injected).response.auditAnnotations).toEqual({
      outcome: 'injected',
      reason: 'Injected',
      profiles: 'logging@3f2a91c0de,metrics@0123456789',
    })
  })

  it('passes warnings on', () => {
    expect(respond('u1', { ...injected, warnings: ['kept'] }).response.warnings).toEqual(['kept'])
  })
})

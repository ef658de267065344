import { rm, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import {
  asking,
  eventually,
  loggingProfile,
  metric,
  mutate,
  reviewOf,
  startServer,
  type TestServer,
} from './server.fixture.ts'

const edited = loggingProfile.replace('logging:1', 'logging:2')
const broken = loggingProfile.replace('image:', 'imgae:')

/** The image that a Pod which asks for logging gets. */
async function injectedImage(server: TestServer): Promise<string | undefined> {
  const { body } = await mutate(server, reviewOf(asking))
  const { patch = '' } = body['response'] as { patch?: string }
  return /logging:\d/.exec(Buffer.from(patch, 'base64').toString())?.[0]
}

describe('a server whose profiles are edited', () => {
  it('injects what the file says now', async () => {
    const server = await startServer()
    expect(await injectedImage(server)).toBe('logging:1')
    await writeFile(server.files.profile, edited)
    await eventually(async () => expect(await injectedImage(server)).toBe('logging:2'))
  })

  it('keeps the last good version of a profile when its edit is bad, and says where the mistake is', async () => {
    const server = await startServer()
    await writeFile(server.files.profile, broken)
    await eventually(async () =>
      expect(await metric(server, 'pillion_profile_reloads_total')).toEqual({
        '{result="success"}': 1,
        '{result="failure"}': 1,
      }),
    )
    expect(await injectedImage(server)).toBe('logging:1')
    expect(await metric(server, 'pillion_profile_problems')).toEqual({ '': 1 })
    expect(await metric(server, 'pillion_profiles')).toEqual({ '': 1 })
    expect(server.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        problem: expect.stringMatching(/logging\.yaml:8:\d+: spec\.containers\[0\]\.imgae: unknown field/),
      }),
    )
  })

  it('denies the profile whose file is gone', async () => {
    const server = await startServer()
    await rm(server.files.profile)
    await eventually(async () => expect(await metric(server, 'pillion_profiles')).toEqual({ '': 0 }))
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ body: { response: { allowed: false } } })
  })

  it('counts injections by the revisions in use only', async () => {
    const server = await startServer()
    await injectedImage(server)
    const before = Object.keys(await metric(server, 'pillion_injections_total'))
    await writeFile(server.files.profile, edited)
    await eventually(async () => expect(await injectedImage(server)).toBe('logging:2'))
    const after = Object.keys(await metric(server, 'pillion_injections_total'))
    expect([before.length, after.length]).toEqual([1, 1])
    expect(after).not.toEqual(before)
  })
})

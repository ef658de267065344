import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { type ReviewContext, review } from '../../src/admission/review.ts'
import { pillionWith } from '../../src/cli/recorded.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { readProfiles } from '../../src/server/profile-directory.ts'
import { cluster, namespace, pods } from './arbitrary.ts'
import { profileDirectories } from './profile-directories.ts'

it('the webhook and the CLI give a Pod the same patch, or the same refusal', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'pillion-laws-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  // The profiles are read from files by both; that is slow, so a thousand Pods share a few sets of them.
  const directories = await profileDirectories(parent, 10)
  const reviewing = new Map<string, ReviewContext>()
  for (const { directory } of directories) {
    const { profiles } = await readProfiles(directory)
    reviewing.set(directory, { profiles, cluster, namespaceOf: name => ({ ...namespace, name }) })
  }
  await fc.assert(
    fc.asyncProperty(pods, fc.constantFrom(...directories), async (pod, { directory }) => {
      expect(await byCli(pod, directory)).toEqual(byWebhook(pod, reviewing.get(directory)!))
    }),
    { numRuns: 1_000 },
  )
})

interface Answer {
  readonly patch: unknown
  readonly denial: string
}

function byWebhook(pod: Pod, reviewing: ReviewContext): Answer {
  const request = {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'default',
    object: pod,
  }
  const reviewed = review({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }, reviewing)
  if (!('response' in reviewed)) throw new Error('refused')
  const { patch, status } = reviewed.response.response
  return {
    patch: patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString()),
    denial: status?.message ?? '',
  }
}

async function byCli(pod: Pod, directory: string): Promise<Answer> {
  const { name, ...metadata } = namespace
  const documents = [
    { apiVersion: 'v1', kind: 'Pod', ...pod },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } },
  ]
  const manifest = documents.map(document => JSON.stringify(document)).join('\n---\n')
  const args = ['inject', '-f', '-', '-o', 'patch', '--profiles', directory]
  const { code, out, err } = await pillionWith(args, manifest)
  // The last line counts the workloads.
  const lines = err.replace(/[^\n]*\n$/, '')
  const denial =
    code === 0 ? '' : lines.replace(/^-:1: Pod\/[^:]*: /, '').replace(/\n(?:-:1: .*warning: [\s\S]*)?$/, '')
  const [ofPod] = code === 0 ? (JSON.parse(out) as readonly { patch: unknown }[]) : []
  return { patch: ofPod?.patch ?? [], denial }
}

import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { type ImagePull, pullName, pullPod, pullStateOf } from './pull-pod.ts'

const pull: ImagePull = {
  namespace: 'shop',
  node: 'node-1',
  image: 'agent:2',
  policy: 'IfNotPresent',
  secrets: [],
}

describe('pullName', () => {
  it('is the same for the same pull, and another one for every difference', () => {
    const others = [
      { ...pull, node: 'node-2' },
      { ...pull, image: 'agent:3' },
      { ...pull, policy: 'Always' },
      { ...pull, secrets: ['registry'] },
    ]
    expect(pullName({ ...pull })).toBe(pullName(pull))
    expect(new Set([pull, ...others].map(pullName)).size).toBe(5)
    expect(pullName(pull)).toMatch(/^pillion-pull-[0-9a-f]{16}$/)
  })
})

describe('pullPod', () => {
  it('has credentials of registries only if there are any', () => {
    expect(pullPod(pull)['spec']).not.toHaveProperty('imagePullSecrets')
    expect(pullPod({ ...pull, secrets: ['registry'] })).toMatchObject({
      spec: { imagePullSecrets: [{ name: 'registry' }] },
    })
  })
})

describe('pullStateOf', () => {
  const podWith = (state: JsonObject, imageID = '') => ({
    status: { phase: 'Pending', containerStatuses: [{ name: 'pull', imageID, state }] },
  })
  const waiting = (reason: string, message?: string) =>
    podWith({ waiting: { reason, ...(message !== undefined && { message }) } })
  const unreachable =
    'failed to resolve reference "registry.example/agent:2": dial tcp: lookup registry.example: no such host'

  it.each([
    { what: 'the kubelet has not seen the Pod', pod: {} as JsonObject, state: 'pulling' },
    { what: 'the kubelet pulls', pod: waiting('ContainerCreating'), state: 'pulling' },
    {
      what: 'the command does not exist',
      pod: podWith({ terminated: { reason: 'StartError', exitCode: 128 } }, 'sha256:1'),
      state: 'pulled',
    },
    {
      what: 'the image has such a command',
      pod: podWith({ terminated: { reason: 'Completed', exitCode: 0 } }, 'sha256:1'),
      state: 'pulled',
    },
    { what: 'the container cannot be created', pod: waiting('CreateContainerError'), state: 'pulled' },
    {
      what: 'the container ended without an image',
      pod: podWith({ terminated: { reason: 'ContainerStatusUnknown', exitCode: 137 } }),
      state: 'pulling',
    },
    {
      what: 'the registry cannot be reached',
      pod: waiting('ErrImagePull', unreachable),
      state: 'failed',
      isFinal: false,
    },
    {
      what: 'the kubelet waits',
      pod: waiting('ImagePullBackOff', 'Back-off'),
      state: 'failed',
      isFinal: false,
    },
    {
      what: 'the registry does not have it (containerd)',
      pod: waiting('ErrImagePull', 'failed to resolve: registry.example/agent:2: not found'),
      state: 'failed',
      isFinal: true,
    },
    {
      what: 'the registry does not have it (CRI-O)',
      pod: waiting('ErrImagePull', 'reading manifest 2 in registry.example/agent: manifest unknown'),
      state: 'failed',
      isFinal: true,
    },
    { what: 'the policy is Never', pod: waiting('ErrImageNeverPull'), state: 'failed', isFinal: true },
    { what: 'the name is no image', pod: waiting('InvalidImageName'), state: 'failed', isFinal: true },
    {
      what: 'the node has no place',
      pod: { status: { phase: 'Failed', reason: 'OutOfpods', message: 'Node has no place' } },
      state: 'failed',
      isFinal: false,
    },
  ])('$what: $state', ({ pod, state, isFinal }) => {
    expect(pullStateOf(pod)).toMatchObject({ state, ...(isFinal !== undefined && { isFinal }) })
  })
})

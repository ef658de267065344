import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import {
  container,
  decideOn,
  injectInto,
  names,
  olderCluster,
  podAsking,
  profilesOf,
  statusIn,
} from '../decide.fixture.ts'

const port = (containerPort: number) => ({ ports: [{ containerPort }] })
const mount = (name: string) => ({ volumeMounts: [{ name, mountPath: '/data' }] })

/** A profile with something in every place that another may have in use. */
const meter = {
  onConflict: 'keep',
  volumes: [{ name: 'meter', emptyDir: {} }],
  containers: [container('meter', { ...port(9102), ...mount('meter') })],
  initContainers: [container('meter-init')],
  appContainers: [{ select: 'all', env: [{ name: 'METER', value: '9102' }], ...mount('meter') }],
  pod: { labels: { meter: 'on' }, annotations: { 'example.com/port': '9102' } },
}

interface Row {
  readonly inUse: string
  readonly spec?: JsonObject
  readonly metadata?: JsonObject
  /** Of another profile that the Pod asks for first. */
  readonly other?: JsonObject
  readonly says: string
}

const whole: readonly Row[] = [
  {
    inUse: 'the name of its sidecar',
    spec: { containers: [container('app'), container('meter', { image: 'own' })] },
    says: 'container "meter" is in use by the Pod for something else',
  },
  {
    inUse: 'the name of its init container',
    spec: { initContainers: [container('meter-init', { image: 'own' })] },
    says: 'container "meter-init" is in use by the Pod for something else',
  },
  {
    inUse: 'a port of its sidecar',
    spec: { containers: [container('app', port(9102))] },
    says: 'port 9102/TCP of container "meter" is in use by container "app" of the Pod',
  },
  {
    inUse: 'the name of its volume',
    spec: { volumes: [{ name: 'meter', hostPath: { path: '/' } }] },
    says: 'volume "meter" is in use by the Pod for something else',
  },
  {
    inUse: 'the path of its mount in the app',
    spec: { containers: [container('app', mount('own'))], volumes: [{ name: 'own', emptyDir: {} }] },
    says: 'container "app" mounts volume "own" at /data for the Pod',
  },
  {
    inUse: 'the path of its mount in the app, by another profile',
    other: {
      volumes: [{ name: 'other', emptyDir: {} }],
      appContainers: [{ select: 'all', ...mount('other') }],
    },
    says: 'container "app" mounts volume "other" at /data for profile other',
  },
  {
    inUse: 'a port, by another profile',
    other: { containers: [container('other', port(9102))] },
    says: 'port 9102/TCP of container "meter" is in use by container "other" of profile other',
  },
]

const single: readonly Row[] = [
  {
    inUse: 'an environment variable of the app',
    spec: { containers: [container('app', { env: [{ name: 'METER', value: 'own' }] })] },
    says: 'container "app" already sets METER in its own env; it stays, and the value of profile meter is not used',
  },
  {
    inUse: 'a label',
    metadata: { labels: { meter: 'off' } },
    says: 'the Pod has its own labels["meter"]; it stays, and the value of profile meter is not used',
  },
  {
    inUse: 'an annotation',
    metadata: { annotations: { 'example.com/port': '80' } },
    says: 'the Pod has its own annotations["example.com/port"]; it stays, and the value of profile meter is not used',
  },
  {
    inUse: 'an environment variable, by another profile',
    other: { appContainers: [{ select: 'all', env: [{ name: 'METER', value: '1' }] }] },
    says: 'environment variable METER of container "app" is set by profile other to something else; it stays, and the value of profile meter is not used',
  },
  {
    inUse: 'a label, by another profile',
    other: { pod: { labels: { meter: 'off' } } },
    says: 'labels["meter"] is set by profile other to something else; it stays, and the value of profile meter is not used',
  },
]

function caseOf({ spec, metadata = {}, other }: Row) {
  const asking = podAsking(other ? 'other,meter' : 'meter', spec)
  const { annotations, ...rest } = metadata
  const pod = {
    ...asking,
    metadata: {
      ...asking.metadata,
      ...rest,
      annotations: { ...asking.metadata?.annotations, ...(annotations as object) },
    },
  }
  return { pod, profiles: profilesOf({ meter, ...(other && { other }) }) }
}

/** All that a Pod of the profile has, found again by its name. */
const pieces = /meter|METER|9102/

describe('`onConflict: keep` never injects half of a profile', () => {
  describe.each([undefined, olderCluster])('(cluster %#)', cluster => {
    const circumstances = cluster ? { cluster } : {}

    it.each(whole)('in use: $inUse. The whole profile is left out', row => {
      const { pod, profiles } = caseOf(row)
      const { warnings, profiles: decided, patch } = decideOn(pod, profiles, circumstances)
      expect(warnings).toEqual([`profile meter is skipped: ${row.says}`])
      expect(decided.find(({ name }) => name === 'meter')).toMatchObject({
        outcome: 'skipped',
        reason: 'Conflict',
      })
      const isOurs = row.other ? /meter|METER/ : pieces
      expect(JSON.stringify(patch)).not.toMatch(isOurs)
    })

    it.each(single)('in use: $inUse. Only that is left out', row => {
      const { pod, profiles } = caseOf(row)
      const { outcome, warnings } = decideOn(pod, profiles, circumstances)
      expect({ outcome, warnings }).toEqual({ outcome: 'injected', warnings: [`profile meter: ${row.says}`] })
      const { spec } = injectInto(pod, profiles, circumstances)
      expect([...names(spec?.initContainers), ...names(spec?.containers)]).toContain('meter')
      expect(names(spec?.volumes)).toContain('meter')
    })

    it.each([...whole, ...single])('in use: $inUse. A second call says and does the same', row => {
      const { pod, profiles } = caseOf(row)
      const first = decideOn(pod, profiles, circumstances)
      const injected = injectInto(pod, profiles, circumstances)
      const { patch, warnings } = decideOn(injected, profiles, circumstances)
      expect({ patch, warnings: warnings.toSorted() }).toEqual({
        patch: [],
        warnings: first.warnings.toSorted(),
      })
      expect(Object.keys((statusIn(injected) as { profiles?: object } | null)?.profiles ?? {})).toEqual(
        first.profiles
          .filter(({ outcome }) => outcome === 'injected')
          .map(({ name }) => name)
          .sort(),
      )
    })
  })

  it('a profile that is left out takes nothing from those behind it', () => {
    const profiles = profilesOf({
      meter: { ...meter, initContainers: [container('meter-init'), container('shared')] },
      other: {
        containers: [container('other', port(9103))],
        initContainers: [container('shared', { image: 'x' })],
      },
    })
    const pod = podAsking('meter,other', { containers: [container('app', port(9102))] })
    expect(decideOn(pod, profiles)).toMatchObject({ outcome: 'injected' })
    expect(names(injectInto(pod, profiles).spec?.initContainers)).toEqual(['other', 'shared'])
  })

  it.each([
    {
      what: 'a sidecar',
      one: { containers: [container('ship', port(80))] },
      two: { containers: [container('ship')] },
    },
    {
      what: 'a volume',
      one: { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }] },
      two: { volumes: [{ name: 'v', emptyDir: {} }] },
    },
  ])('of two profiles, of which one wants a part of what the other gives: $what', ({ one, two }) => {
    const labels = { pod: { labels: { two: 'yes' } } }
    const profiles = profilesOf({ one, two: { onConflict: 'keep', ...two, ...labels } })
    const injected = injectInto(podAsking('one,two'), profiles)
    expect(injected.metadata?.labels).toBeUndefined()
    expect(decideOn(injected, profiles)).toMatchObject({
      patch: [],
      warnings: decideOn(podAsking('one,two'), profiles).warnings,
    })
  })

  it('of profiles that fight each other the first stays', () => {
    const profiles = profilesOf({ a: meter, b: { ...meter, containers: [container('b', port(9102))] } })
    const { profiles: decided } = decideOn(podAsking('a,b'), profiles)
    expect(decided.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['a', 'injected'],
      ['b', 'skipped'],
    ])
  })

  it('says of each profile that is left out what is in its own way', () => {
    const side = (name: string) => ({ onConflict: 'keep', containers: [container(name)] })
    const pod = podAsking('one,two', { containers: ['app', 'one', 'two'].map(name => container(name)) })
    expect(decideOn(pod, profilesOf({ one: side('one'), two: side('two') })).warnings).toEqual(
      ['one', 'two'].map(
        name => `profile ${name} is skipped: container "${name}" is in use by the Pod for something else`,
      ),
    )
  })

  it('says everything that is in the way of one profile', () => {
    const pod = podAsking('meter', {
      containers: [container('app', port(9102))],
      volumes: [{ name: 'meter', hostPath: { path: '/' } }],
    })
    expect(decideOn(pod, profilesOf({ meter })).warnings).toEqual([
      'profile meter is skipped: volume "meter" is in use by the Pod for something else; port 9102/TCP of container "meter" is in use by container "app" of the Pod',
    ])
  })
})

describe("a warning that the app's own variable wins", () => {
  const agent = profilesOf({
    jvm: { appContainers: [{ select: 'all', env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-javaagent:/a' }] }] },
  })
  const asking = (env: readonly JsonObject[]) => podAsking('jvm', { containers: [container('app', { env })] })

  it.each([
    { env: [], warns: false },
    { env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-javaagent:/a' }], warns: false },
    { env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xmx1g hunter2' }], warns: true },
    {
      env: [{ name: 'JAVA_TOOL_OPTIONS', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
      warns: true,
    },
    { env: [{ name: 'JAVA_TOOL_OPTIONS' }], warns: true },
  ])('$env: $warns', ({ env, warns }) => {
    const { warnings } = decideOn(asking(env), agent)
    expect(warnings).toEqual(
      warns
        ? [
            'profile jvm: container "app" already sets JAVA_TOOL_OPTIONS in its own env; it stays, and the value of profile jvm is not used',
          ]
        : [],
    )
    expect(decideOn(injectInto(asking(env), agent), agent).warnings).toEqual(warnings)
  })

  it('is not about a variable that an earlier call gave, and another webhook has changed', () => {
    const injected = injectInto(asking([]), agent)
    const changed = JSON.parse(JSON.stringify(injected).replace('-javaagent:/a', '-javaagent:/b'))
    expect(decideOn(changed, agent).warnings).toEqual([])
  })
})

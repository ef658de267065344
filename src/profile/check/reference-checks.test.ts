import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { problemsOf } from '../profile.fixture.ts'
import { referenceProblems } from './reference-checks.ts'

const logs = { name: 'logs', emptyDir: {} }
const mounting = (name: string) => ({ name: 'a', volumeMounts: [{ name, mountPath: '/logs' }] })

describe('the parts of a profile', () => {
  it.each<JsonObject>([
    { volumes: [logs], containers: [mounting('logs')] },
    {
      volumes: [logs],
      initContainers: [mounting('logs')],
      appContainers: [{ select: 'all', volumeMounts: mounting('logs').volumeMounts }],
    },
    { containers: [mounting('$(params.volume)')], parameters: { volume: { type: 'string' } } },
    { containers: [{ name: 'a', volumeMounts: '$(app.volumeMounts)' }] },
    {
      volumes: [
        { ...logs, when: 'true' },
        { ...logs, when: 'false' },
      ],
    },
    {
      containers: [
        { name: 'a', when: 'true' },
        { name: 'a', when: 'false' },
      ],
    },
    { containers: [{ name: 'a' }], volumes: [{ name: 'a', emptyDir: {} }] },
    { order: { before: ['first', 'proxy'], after: ['init'] } },
    { order: { before: ['proxy'], after: ['last'] } },
    { order: {} },
    {
      initContainers: [{ name: 'prep' }, { name: 'seed', order: { before: ['first'] } }],
      containers: [{ name: 'a', order: { after: ['prep', 'proxy'] } }, { name: 'b' }],
    },
    { containers: [{ name: 'a', order: { after: ['b'] } }, { name: 'b' }], lifecycle: 'regular' },
    {
      containers: ['true', 'false'].map(when => ({ name: 'a', when, order: { after: ['prep'] } })),
      initContainers: [{ name: 'prep' }],
    },
    { containers: [{ name: 'a', env: [{ name: 'A', json: {} }] }] },
    { containers: [{ name: 'a', env: '$(app.?env)' }] },
    { pod: { annotations: { 'prometheus.io/port': '80' } } },
    { pod: {} },
  ])('fit together: %j', spec => {
    expect(problemsOf(spec)).toEqual([])
  })

  it.each<[string, JsonObject, string[]]>([
    [
      'a volume twice',
      { volumes: [logs, logs, logs] },
      [
        'spec.volumes[1].name: a second volume named "logs"',
        'spec.volumes[2].name: a second volume named "logs"',
      ],
    ],
    [
      'two values of a variable',
      {
        containers: [{ name: 'a', env: [{ name: 'A' }, { name: 'B', value: '', json: {} }] }],
        appContainers: [{ select: 'all', env: [{ name: 'C', json: {}, valueFrom: {} }] }],
      },
      [
        'spec.containers[0].env[1].json: conflicts with value: an environment variable has one of value, valueFrom and json',
        'spec.appContainers[0].env[0].json: conflicts with valueFrom: an environment variable has one of value, valueFrom and json',
      ],
    ],
    [
      'a container twice',
      { containers: [{ name: 'a' }, { name: 'a' }] },
      ['spec.containers[1].name: a second container named "a"'],
    ],
    [
      'a container that is named as an init container',
      { initContainers: [{ name: 'a' }], containers: [{ name: 'a' }] },
      ['spec.containers[0].name: a second container named "a"'],
    ],
    [
      'a mount of no volume, with the nearest',
      { volumes: [logs, { name: 'data', emptyDir: {} }], containers: [mounting('lgos')] },
      ['spec.containers[0].volumeMounts[0].name: no volume "lgos" in spec.volumes; did you mean "logs"?'],
    ],
    [
      'a mount of no volume, with what there is',
      { volumes: [logs, { name: 'data', emptyDir: {} }], initContainers: [mounting('cache')] },
      [
        'spec.initContainers[0].volumeMounts[0].name: no volume "cache" in spec.volumes; there are logs, data',
      ],
    ],
    [
      'a mount in app containers where there are no volumes',
      { appContainers: [{ select: 'all', volumeMounts: mounting('logs').volumeMounts }] },
      ['spec.appContainers[0].volumeMounts[0].name: no volume "logs" in spec.volumes'],
    ],
    [
      'an order before the last',
      { order: { before: ['last'] } },
      ['spec.order.before[0]: "last" belongs under after: nothing comes before the last'],
    ],
    [
      'an order after the first',
      { order: { after: ['a', 'first'] } },
      ['spec.order.after[1]: "first" belongs under before'],
    ],
    [
      'an order on both sides of one',
      { order: { before: ['a', 'b'], after: ['b'] } },
      ['spec.order.before[1]: "b" is also listed under after'],
    ],
    [
      'an order that is first and after the first',
      { order: { before: ['first'], after: ['first'] } },
      ['spec.order.before[0]: "first" is also listed under after'],
    ],
    [
      'an order that is first and last',
      { order: { before: ['first'], after: ['last'] } },
      ['spec.order: nothing is both first and last'],
    ],
    [
      'an order that names its own container, or itself',
      { order: { after: ['prep'], before: ['logging'] }, initContainers: [{ name: 'prep' }] },
      [
        'spec.order.before[0]: "logging" is this profile itself: the constraint has no effect; name another profile or container',
        'spec.order.after[0]: "prep" is a container of this profile, so that the constraint has no effect: write it under order of the container that it is about',
      ],
    ],
    [
      'a container that names itself, or its profile',
      { containers: [{ name: 'a', order: { after: ['a', 'logging'] } }] },
      [
        'spec.containers[0].order.after[0]: "a" is this container itself: the constraint has no effect',
        'spec.containers[0].order.after[1]: "logging" is this profile itself: the constraint has no effect; name another profile or container',
      ],
    ],
    [
      'a container before the last',
      { containers: [{ name: 'a', order: { before: ['last'] } }] },
      ['spec.containers[0].order.before[0]: "last" belongs under after: nothing comes before the last'],
    ],
    [
      'a regular sidecar after an init container, and before one',
      {
        lifecycle: 'regular',
        initContainers: [{ name: 'prep' }, { name: 'seed', order: { after: ['a'] } }],
        containers: [{ name: 'a', order: { after: ['prep'] } }],
      },
      [
        'spec.containers[0].order.after[0]: has no effect: under lifecycle: regular the init container "prep" always ends before the sidecar "a" starts',
        'spec.initContainers[1].order.after[0]: cannot be met: under lifecycle: regular the init container "seed" always ends before the sidecar "a" starts',
      ],
    ],
    [
      'containers in a circle',
      {
        initContainers: [{ name: 'prep', order: { after: ['proxy'] } }],
        containers: [{ name: 'a', order: { after: ['prep'], before: ['proxy'] } }],
      },
      ['spec.containers[0].order: makes a cycle: a before proxy before prep before a'],
    ],
    [
      'containers of one name with two orders',
      {
        containers: [
          { name: 'a', when: 'true' },
          { name: 'a', when: 'false', order: { after: ['last'] } },
        ],
      },
      ['spec.containers[0].order: differs from that of the other container named "a"'],
    ],
    [
      'an annotation that is ours to read',
      { pod: { annotations: { 'pillion.dev/inject': 'other' } } },
      [
        'spec.pod.annotations["pillion.dev/inject"]: the prefix pillion.dev/ is reserved for Pillion\'s own annotations',
      ],
    ],
  ])('do not fit: %s', (_, spec, problems) => {
    expect(problemsOf(spec)).toEqual(problems)
  })
})

describe('many mounts of no volume', () => {
  const volumes = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `volume-${i}`, emptyDir: {} }))
  const mounts = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `wolume-${i}`, mountPath: `/m/${i}` }))

  it('are as many problems as are reported on one object', () => {
    const problems = referenceProblems(
      {
        volumes: volumes(3_000),
        containers: [{ name: 'a', volumeMounts: mounts(3_000) }],
      },
      'a',
    )
    expect(problems).toHaveLength(limits.problems)
    expect(problems[0]?.message).toBe('no volume "wolume-0" in spec.volumes; did you mean "volume-0"?')
  })

  it('list as many volumes as one can read', () => {
    const containers = [{ name: 'a', volumeMounts: [{ name: 'cache', mountPath: '/c' }] }]
    expect(referenceProblems({ volumes: volumes(12), containers }, 'a')[0]?.message).toMatch(
      /, volume-9 and 2 more$/,
    )
  })
})

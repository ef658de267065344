import { describe, expect, it } from 'vitest'
import { container, decideOn, injectInto, names, podAsking, profilesOf } from '../engine/decide.fixture.ts'
import type { Container, Strings } from '../engine/pod.ts'
import { type JsonObject, member } from '../json/json.ts'

const parameters = {
  text: { type: 'string', default: 'x' },
  port: { type: 'integer', default: 4318 },
  ratio: { type: 'number', default: 0.5 },
  on: { type: 'boolean', default: true },
  memory: { type: 'quantity', default: '64Mi' },
}

/** A profile with one sidecar, from which a test changes something. */
const shipping = (fields: JsonObject, more: JsonObject = {}) =>
  profilesOf({ logging: { parameters, containers: [container('ship', fields)], ...more } })

/** The sidecar in a Pod that sets the parameter `text`. */
function ship(fields: JsonObject, text?: string, spec: JsonObject = {}): Container {
  const annotations: Strings = text === undefined ? {} : { 'pillion.dev/logging.text': text }
  return injectInto(podAsking('logging', spec, annotations), shipping(fields)).spec!.initContainers![0]!
}

describe('a variable with an object as its value', () => {
  const config = (json: JsonObject, text?: string): string => {
    const variable = ship({ env: [{ name: 'CONFIG', json }] }, text).env?.[0] ?? {}
    expect(Object.keys(variable)).toEqual(['name', 'value'])
    return String(member(variable, 'value'))
  }

  it('is JSON in which expressions keep their types', () => {
    const json = {
      port: '$(params.port)',
      on: '$(params.on)',
      at: 'localhost:$(params.port)',
      limits: "$({'memory': params.memory})",
      ratio: ['$(params.ratio)', [1, ['$(params.port)']]],
    }
    expect(config(json)).toBe(
      '{"at":"localhost:4318","limits":{"memory":"64Mi"},"on":true,"port":4318,"ratio":[0.5,[1,[4318]]]}',
    )
  })

  it('leaves out what an absent optional stands for', () => {
    expect(config({ a: '$(pod.?spec.?nodeName)', b: ['$(pod.?spec.?nodeName)', 'c'] })).toBe('{"b":["c"]}')
  })

  it('has the items that an expression gives in place of it', () => {
    expect(config({ hosts: ['a', '$(params.text.split(","))'] }, 'b,c')).toBe('{"hosts":["a","b","c"]}')
  })

  it.each(['", "admin": {}, "x": "', '\\', '\n', '${env:TOKEN}', '{{ .x }}', '# \u2028: &a *a'])(
    'holds any text as text: %j',
    text => {
      expect(JSON.parse(config({ a: '$(params.text)', b: '<$(params.text)>' }, text))).toEqual({
        a: text,
        b: `<${text}>`,
      })
    },
  )

  it('keeps the kubelet from reading what a parameter holds, and lets it read what the profile refers to', () => {
    const json = { address: '$(POD_IP)', a: '$(params.text)', b: '$([{params.text: params.text}])' }
    expect(config(json, '$(TOKEN)$')).toBe(
      '{"a":"$$(TOKEN)$$","address":"$(POD_IP)","b":[{"$$(TOKEN)$$":"$$(TOKEN)$$"}]}',
    )
  })
})

describe('an expression', () => {
  it.each([
    {
      leaf: '$(params.port)',
      field: 'args',
      is: ['4318'],
      why: 'an integer where a string is wanted is one',
    },
    { leaf: '$(params.on)', field: 'args', is: ['true'], why: 'so is a bool' },
    { leaf: '$(params.ratio)', field: 'args', is: ['0.5'], why: 'so is a number' },
    {
      leaf: 'port $(params.port), $(params.on)',
      field: 'args',
      is: ['port 4318, true'],
      why: 'text and expressions are a string',
    },
    { leaf: '$(pod.?spec.?nodeName)', field: 'args', is: [], why: 'an absent optional leaves out its item' },
    {
      leaf: '$(pod.metadata.name + "-" + namespaceObject.metadata.name)',
      field: 'args',
      is: ['cart-shop'],
      why: 'sees the Pod and its namespace',
    },
    {
      leaf: '$(pod.spec.containers[0].ports[0].containerPort + 1)',
      field: 'args',
      is: ['81'],
      why: 'JSON integers are ints',
    },
  ])('$why', ({ leaf, field, is }) => {
    const spec = { containers: [container('app', { ports: [{ containerPort: 80 }] })] }
    expect(ship({ [field]: [leaf] }, undefined, spec)[field]).toEqual(is)
  })

  it('is written `$$(` to be no expression; where the kubelet reads too it stays so', () => {
    const { workingDir, args } = ship({ workingDir: '$$(params.port)', args: ['$$(params.port)'] })
    expect({ workingDir, args }).toEqual({ workingDir: '$(params.port)', args: ['$$(params.port)'] })
  })

  it('keeps its type', () => {
    const profiles = shipping({
      ports: [{ containerPort: '$(params.port)' }],
      tty: '$(params.on)',
      resources: { limits: { memory: '$(params.memory)' } },
      env: '$(pod.spec.containers[0].?env)',
    })
    const env = [{ name: 'A', value: '1' }]
    const pod = podAsking('logging', { containers: [container('app', { env })] })
    expect(injectInto(pod, profiles).spec?.initContainers?.[0]).toMatchObject({
      ports: [{ containerPort: 4318 }],
      tty: true,
      resources: { limits: { memory: '64Mi' } },
      env,
    })
    expect(injectInto(podAsking('logging'), profiles).spec?.initContainers?.[0]).not.toHaveProperty('env')
  })

  it('gives a list or an object in the shape that core/v1 wants', () => {
    const profiles = shipping({ securityContext: '$({"runAsUser": params.port, "runAsNonRoot": true})' })
    expect(injectInto(podAsking('logging'), profiles).spec?.initContainers?.[0]).toMatchObject({
      securityContext: { runAsUser: 4318, runAsNonRoot: true },
    })
  })

  it.each([
    {
      fields: { args: ['$(pod.spec.nodeName)'] },
      says: 'spec.containers[0].args[0]: $(pod.spec.nodeName): ',
      why: 'it cannot be evaluated',
    },
    {
      fields: { args: ['a $(pod.metadata) b'] },
      says: 'spec.containers[0].args[0]: only a string, number or boolean can stand inside text',
      why: 'an object stands in text',
    },
    {
      fields: { args: ['a $(pod.?spec.?nodeName) b'] },
      says: 'only a string, number or boolean can stand inside text',
      why: 'nothing stands in text',
    },
    {
      fields: { tty: '$(pod.metadata.name)' },
      says: 'spec.containers[0].tty: must be boolean, not string',
      why: 'another type is wanted',
    },
    {
      fields: { args: ['$(pod.metadata)'] },
      says: 'spec.containers[0].args[0]: must be string, not object',
      why: 'an object stands for a string',
    },
    {
      fields: { args: ['$(pod.metadata.creationTimestamp)'] },
      says: 'must be string, not null',
      why: 'null stands for a string',
    },
    {
      fields: { args: ['$(pod.spec.containers)'] },
      says: 'must be string, not array',
      why: 'a list stands for a string',
    },
    {
      fields: { tty: '$(pod.metadata.ratio)' },
      says: 'must be boolean, not number',
      why: 'a number stands for a bool',
    },
    {
      fields: { tty: '$(pod.metadata.generation)' },
      says: 'must be boolean, not integer',
      why: 'an integer stands for a bool',
    },
    {
      fields: { securityContext: '$(pod.metadata)' },
      says: 'spec.containers[0].securityContext.name: unknown field',
      why: 'an object has a member that core/v1 has not',
    },
    {
      fields: { args: ['x'], when: 'pod.metadata.name' },
      says: 'spec.containers[0].when: pod.metadata.name is not true or false',
      why: '`when` is no bool',
    },
    {
      fields: { args: ['x'], when: 'pod.spec.hostNetwork' },
      says: 'spec.containers[0].when: pod.spec.hostNetwork: ',
      why: '`when` cannot be evaluated',
    },
  ])('refuses the Pod and says where when $why', ({ fields, says }) => {
    const { metadata, ...pod } = podAsking('logging')
    const odd = { ...pod, metadata: { ...metadata, creationTimestamp: null, ratio: 0.5, generation: 3 } }
    const decision = decideOn(odd, shipping(fields))
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'RequirementNotMet', patch: [] })
    expect(decision.message).toContain('profile logging cannot be applied to this Pod: spec.containers[0]')
    expect(decision.message).toContain(says)
  })

  it('says every failure at once, and one only once', () => {
    const { message } = decideOn(
      podAsking('logging', { containers: [container('app'), container('web')] }),
      shipping(
        { args: ['$(pod.a)', '$(pod.b)'] },
        { appContainers: [{ select: 'all', env: [{ name: 'A', value: '$(pod.c)' }] }] },
      ),
    )
    expect(message.split('\n')).toHaveLength(3)
  })
})

describe('`when` leaves out what it is false for', () => {
  const logs = { name: 'logs', emptyDir: {} }
  const when = { when: 'params.on' }
  const profiles = profilesOf({
    logging: {
      parameters,
      volumes: [
        { ...logs, ...when },
        { name: 'always', emptyDir: {}, when: '!params.on || params.on' },
      ],
      containers: [{ ...container('ship'), ...when }, container('other')],
      initContainers: [{ ...container('prepare'), ...when }],
      appContainers: [
        {
          select: 'all',
          env: [{ name: 'OFF', value: '1', when: '!params.on' }],
          envFrom: [{ configMapRef: { name: 'on' }, ...when }],
          volumeMounts: [{ name: 'logs', mountPath: '/logs', ...when }],
        },
      ],
    },
  })

  it.each([
    {
      on: 'true',
      initContainers: ['ship', 'other', 'prepare'],
      volumes: ['logs', 'always'],
      app: {
        envFrom: [{ configMapRef: { name: 'on' } }],
        volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
      },
    },
    {
      on: 'false',
      initContainers: ['other'],
      volumes: ['always'],
      app: { env: [{ name: 'OFF', value: '1' }] },
    },
  ])('on: $on', ({ on, initContainers, volumes, app }) => {
    const { spec } = injectInto(podAsking('logging', {}, { 'pillion.dev/logging.on': on }), profiles)
    expect(names(spec?.initContainers)).toEqual(initContainers)
    expect(names(spec?.volumes)).toEqual(volumes)
    expect(spec?.containers).toEqual([container('app', app)])
  })
})

describe('what a developer writes stays one string in one leaf', () => {
  const fields = {
    image: 'example/ship:$(params.text)',
    command: ['sh', '-c', 'echo "$1"', '--', '$(params.text)'],
    args: ['--text=$(params.text)'],
    env: [{ name: 'TEXT', value: '$(params.text)' }],
    workingDir: '$(params.text)',
    lifecycle: { preStop: { exec: { command: ['echo', '$(params.text)'] } } },
    volumeMounts: [],
  }
  const values = [
    '"; rm -rf /',
    'a\nb\n  c: d',
    '- name: evil\n  image: evil',
    '{"image":"evil"}',
    '$(params.port)',
    '$(pod.metadata.name)',
    '`id`',
    "'; DROP",
    '__proto__',
    '\u0000\u2028',
  ]

  it.each(values)('%j', text => {
    const is = ship(fields, text)
    const escaped = text.replaceAll('$(', '$$$$(')
    expect(is).toEqual({
      name: 'ship',
      image: `example/ship:${text}`,
      command: ['sh', '-c', 'echo "$1"', '--', escaped],
      args: [`--text=${escaped}`],
      env: [{ name: 'TEXT', value: escaped }],
      workingDir: text,
      lifecycle: { preStop: { exec: { command: ['echo', text] } } },
      volumeMounts: [],
      restartPolicy: 'Always',
    })
  })

  it.each([
    '$(HOME)',
    '$$(HOME)',
    '$$$(HOME)',
    '$',
    '$$',
    'a$b',
    'cost: 5$',
    '$)(',
    '$(unclosed',
    '$(A)$(B)',
    '',
  ])('the kubelet expands no variable of it: %j', text => {
    const { args, env, command } = ship(
      {
        args: ['$(params.text)', '<$(params.text)>', '$(params.text)(HOME)'],
        command: ['$(params.text)'],
        env: [{ name: 'A', value: '$(params.text)' }],
      },
      text,
    )
    const kubelet = (given: unknown) => expand(given as string, { HOME: '/root', A: 'a', B: 'b' })
    expect((args as string[]).map(kubelet)).toEqual([text, `<${text}>`, `${text}(HOME)`])
    expect((command as string[]).map(kubelet)).toEqual([text])
    expect(kubelet(env?.[0]?.['value'])).toBe(text)
  })

  it('in a subPathExpr too', () => {
    const profiles = profilesOf({
      logging: {
        parameters,
        volumes: [{ name: 'logs', emptyDir: {} }],
        containers: [
          container('ship', {
            volumeMounts: [{ name: 'logs', mountPath: '/logs', subPathExpr: '$(POD)/$(params.text)' }],
          }),
        ],
      },
    })
    const { spec } = injectInto(podAsking('logging', {}, { 'pillion.dev/logging.text': '$(HOME)' }), profiles)
    expect(spec?.initContainers?.[0]?.volumeMounts).toMatchObject([{ subPathExpr: '$(POD)/$$(HOME)' }])
  })

  /** The kubelet's expansion, from k8s.io/kubernetes/third_party/forked/golang/expansion. */
  function expand(input: string, variables: Record<string, string>): string {
    let output = ''
    for (let i = 0; i < input.length; i++) {
      const next = input[i + 1]
      if (input[i] !== '$' || next === undefined) output += input[i]
      else if (next === '$') {
        output += '$'
        i++
      } else if (next === '(') {
        const end = input.indexOf(')', i)
        if (end < 0) {
          output += '$('
          i++
        } else {
          const name = input.slice(i + 2, end)
          output += variables[name] ?? `$(${name})`
          i = end
        }
      } else {
        output += `$${next}`
        i++
      }
    }
    return output
  }
})

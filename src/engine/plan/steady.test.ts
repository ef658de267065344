import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { container, decideOn, injectInto, podAsking, profilesOf, withStatus } from '../decide.fixture.ts'
import type { Container, Pod } from '../pod.ts'

/** What another webhook does between two calls: a container beside the app, another image, a variable. */
function meddled(pod: Pod): Pod {
  const { containers: [app, ...others] = [], ...spec } = pod.spec ?? {}
  const changed = { ...app!, image: 'mirror.example/other:9', env: [{ name: 'MESH', value: 'on' }] }
  return { ...pod, spec: { ...spec, containers: [changed, ...others, { name: 'mesh', image: 'mesh:1' }] } }
}

const migrate = (fields: JsonObject) =>
  profilesOf({ migrate: { initContainers: [container('migrate', fields)] } })

const reading: Record<string, JsonObject> = {
  image: { image: '$(app.image)' },
  args: { args: ['--containers', '$(size(pod.spec.containers))'] },
  'a whole list': { env: '$(app.env)' },
  'a variable': { env: [{ name: 'N', value: '$(size(pod.spec.containers))' }] },
  'an object in a variable': { env: [{ name: 'N', json: { is: '$(pod.spec.containers[0].image)' } }] },
  'a condition': { env: [{ name: 'LONE', value: 'yes', when: 'size(pod.spec.containers) == 1' }] },
  'a condition of an argument': { args: ['a', '$(pod.spec.containers[?1].name)', 'b'] },
  'a handler': { lifecycle: { preStop: { exec: { command: ['stop', '$(app.image)'] } } } },
}

describe('a container that reads what other webhooks change', () => {
  it.each(Object.entries(reading))('is given once, by %s', (_, fields) => {
    const profiles = migrate(fields)
    const spec = { containers: [container('app', { env: [] })] }
    const changed = meddled(injectInto(podAsking('migrate', spec), profiles))
    expect(decideOn(changed, profiles)).toMatchObject({ outcome: 'unchanged', patch: [] })
  })

  const profiles = migrate({
    image: '$(app.image)',
    command: ['migrate', '--to=$(size(pod.spec.containers))'],
    env: [
      { name: 'MODE', value: 'once' },
      { name: 'CONFIG', json: { mode: '$("once")' } },
    ],
    workingDir: '/work',
  })
  const changed = meddled(injectInto(podAsking('migrate'), profiles))
  const edited = (edit: (migrating: Container) => Container): Pod => ({
    ...changed,
    spec: { ...changed.spec, initContainers: (changed.spec?.initContainers ?? []).map(edit) },
  })

  it.each<{ what: string; edit: (migrating: Container) => Container }>([
    { what: 'a value that is fixed', edit: it => ({ ...it, workingDir: '/elsewhere' }) },
    { what: 'the fixed part of a list', edit: it => ({ ...it, command: ['rm', '--to=1'] }) },
    { what: 'the length of a list', edit: it => ({ ...it, command: ['migrate', '--to=1', '--force'] }) },
    {
      what: 'a variable that is fixed',
      edit: it => ({ ...it, env: [{ name: 'MODE', value: 'often' }, it.env![1]!] }),
    },
    {
      what: 'an object that is fixed',
      edit: it => ({ ...it, env: [it.env![0]!, { name: 'CONFIG', value: '{"mode":"often"}' }] }),
    },
    { what: 'a variable that is missing', edit: ({ env: _, ...it }) => it },
    { what: 'what kind of container it is', edit: it => ({ ...it, restartPolicy: 'Always' }) },
  ])('is another one when $what differs', ({ edit }) => {
    expect(decideOn(edited(edit), profiles)).toMatchObject({ outcome: 'denied', reason: 'Conflict' })
  })

  it('is another one when no status says that it is ours', () => {
    expect(decideOn(withStatus(changed, '{}'), profiles)).toMatchObject({ reason: 'Conflict' })
  })
})

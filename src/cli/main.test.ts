import { execFile } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addCommands } from './commands.ts'
import { examples as helpExamples } from './examples.ts'
import type { ExitCode } from './io.ts'
import { pillionWith } from './recorded.fixture.ts'

interface Run {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Without the line that says which profiles are used, which has tests of its own. */
async function pillion(args: readonly string[], stdin = ''): Promise<Run> {
  const { err, ...rest } = await pillionWith(args, stdin)
  return { ...rest, err: err.replace(/^uses the built-in catalog, .*\n/, '') }
}

const asking = (profiles: string, more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: web # the shop
  annotations:
    pillion.dev/inject: ${profiles}
${more}spec:
  containers:
    # the app
    - name: app
      image: nginx:1.29
`

const podOf = (name: string) => ({
  metadata: { name, annotations: { 'pillion.dev/inject': 'work-dir' } },
  spec: { containers: [{ name: 'app', image: 'x' }] },
})

const examples = (await readdir('examples')).filter(name => name.endsWith('.yaml'))

const silent = asking('x').replace(/ {2}annotations:\n.*\n/, '')

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pillion-cli-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

describe('pillion inject', () => {
  it('adds what the Pod asks for and keeps comments and order', async () => {
    const { code, out } = await pillion(['inject', '-f', '-'], asking('log-tail'))
    expect(code).toBe(0)
    expect(out).toContain('name: web # the shop')
    expect(out).toMatch(/# the app\n {4}- name: app\n {6}image: nginx:1.29\n {6}volumeMounts:/)
    expect(out).toMatch(/initContainers:\n {4}- name: log-tail/)
  })

  it('prints several problems of a Pod as a list of its own', async () => {
    const { code, err } = await pillion(['inject', '-f', '-'], asking('log-tial, wrok-dir'))
    expect(code).toBe(1)
    expect(err).toMatch(
      /^-:1: Pod\/web: UnknownProfile:\n- the Pod asks .*\n- the Pod asks .*\nwhat to do: pillion reasons UnknownProfile\n/,
    )
  })

  it('is undone beside a document that is no valid Pod and was never injected', async () => {
    const broken =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: x, annotations: { a: true } }\nspec: { containers: 1 }\n'
    const { out } = await pillion(['inject', '-f', '-'], asking('work-dir'))
    const undone = await pillion(['uninject', '-f', '-'], `${out}---\n${broken}`)
    expect(undone).toEqual({
      code: 0,
      out: `${asking('work-dir')}---\n${broken}`,
      err: 'pod/web: removed work-dir; pod/x: unchanged\n',
    })
    const claimed = broken.replace('a: true', 'a: true, pillion.dev/status: "{}"')
    expect(await pillion(['uninject', '-f', '-'], claimed)).toMatchObject({ code: 1, out: '' })
  })

  it.each(examples)('is undone by uninject, byte for byte: %s', async name => {
    const path = join('examples', name)
    const injected = await pillion(['inject', '-f', path])
    const text = await readFile(path, 'utf8')
    expect(injected.out).not.toBe(text)
    expect((await pillion(['uninject', '-f', '-'], injected.out)).out).toBe(text)
    expect((await pillion(['inject', '-f', '-'], injected.out)).out).toBe(injected.out)
  })

  it('asks on behalf of a manifest that does not', async () => {
    expect((await pillion(['inject', '-f', '-'], silent)).out).toBe(silent)
    expect((await pillion(['inject', '-f', '-', '--with', 'work-dir'], silent)).out).toContain(
      'name: work-dir',
    )
  })

  it('lets a namespace ask for its Pods, if the API server calls Pillion for them', async () => {
    const asksIn = (labels: string) =>
      file(
        'namespace.yaml',
        `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: default\n  labels: {${labels}}\n  annotations: {pillion.dev/inject: work-dir}\n`,
      )
    const injectedIn = async (namespace: string) =>
      pillion(['inject', '-f', '-', '--namespace-manifest', namespace], silent)
    expect((await injectedIn(await asksIn('pillion.dev/inject: enabled'))).out).toContain('name: work-dir')
    const namespace = await asksIn('pillion.dev/inject: enable')
    const why =
      'namespace default has the label pillion.dev/inject=enable instead of pillion.dev/inject=enabled; run: kubectl label namespace default pillion.dev/inject=enabled --overwrite'
    expect(await injectedIn(namespace)).toEqual({
      code: 0,
      out: silent,
      err: `-:1: Pod/web: NotCalled: the API server does not call Pillion for this Pod: the Pod has no annotation pillion.dev/inject, and ${why}
${namespace}:6: Namespace/default: warning: annotation pillion.dev/inject has no effect, because ${why}
pod/web: skipped (NotCalled)
`,
    })
  })

  it('takes a namespace for what names none', async () => {
    const { out, err } = await pillion(['explain', '-f', '-', '-n', 'kube-system'], asking('work-dir'))
    expect({ out, err }).toMatchObject({ out: expect.stringContaining('ExcludedNamespace'), err: '' })
  })

  it.each([
    { kind: 'Deployment', apiVersion: 'apps/v1', at: ['template'] },
    { kind: 'Job', apiVersion: 'batch/v1', at: ['template'] },
    { kind: 'CronJob', apiVersion: 'batch/v1', at: ['jobTemplate', 'spec', 'template'] },
    { kind: 'Rollout', apiVersion: 'example.com/v1', at: ['template'] },
  ])('finds the pod template of a $kind', async ({ kind, apiVersion, at }) => {
    const template = {
      metadata: { annotations: { 'pillion.dev/inject': 'work-dir' } },
      spec: { containers: [{ name: 'app', image: 'x' }] },
    }
    const spec = at.reduceRight<object>((inner, step) => ({ [step]: inner }), template)
    const manifest = JSON.stringify({ apiVersion, kind, metadata: { name: 'x' }, spec })
    const { out } = await pillion(['inject', '-f', '-', '-o', 'patch'], manifest)
    expect(JSON.parse(out)[0].path).toBe(`/spec/${at.join('/')}/spec/volumes`)
  })

  it('finds the workloads of a List, and passes by what is none', async () => {
    const pod = JSON.parse(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a', annotations: { 'pillion.dev/inject': 'work-dir' } },
        spec: { containers: [{ name: 'app', image: 'x' }] },
      }),
    )
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Service' }, pod],
    })
    const { out } = await pillion(['inject', '-f', '-', '-o', 'json'], list)
    expect(JSON.parse(out).items[1].spec.initContainers[0].name).toBe('work-dir')
    expect(JSON.parse(out).items[0]).toEqual({ apiVersion: 'v1', kind: 'Service' })
  })

  it('makes regular sidecars where there are no native ones', async () => {
    const { out } = await pillion(
      ['inject', '-f', '-', '-o', 'json', '--kubernetes-version', '1.28'],
      asking('log-tail'),
    )
    expect(JSON.parse(out).spec.containers.map(({ name }: { name: string }) => name)).toEqual([
      'app',
      'log-tail',
    ])
  })

  it('shows what changes as a unified diff', async () => {
    const { out } = await pillion(['inject', '-f', '-', '-o', 'diff'], asking('log-tail'))
    expect(out).toMatch(/^--- -\n\+\+\+ -\n@@ /)
    expect(out).toContain('+    - name: log-tail')
    expect((await pillion(['inject', '-f', '-', '-o', 'diff'], silent)).out).toBe('')
  })

  it('prints nothing but what is wrong, everywhere, when anything is denied', async () => {
    const good = await file('a-good.yaml', asking('work-dir'))
    const bad = await file(
      'b-bad.yaml',
      `---\n${asking('log-tial')}---\n${asking('work-dir', '    pillion.dev/work-dir.fil: x\n')}`,
    )
    const { code, out, err } = await pillion(['inject', '-f', good, '-f', bad])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(
      `${bad}:2: Pod/web: UnknownProfile: the Pod asks for an unknown profile "log-tial"; did you mean "log-tail"?`,
    )
    expect(err).toContain(`did you mean pillion.dev/work-dir.file?`)
  })
})

describe('the options of pillion inject', () => {
  const tailed = asking('log-tail')
  const injected = async (...args: string[]) => pillion(['inject', ...args, '-o', 'json'])

  it('print a summary of all workloads on stderr', async () => {
    const { err } = await pillion(['inject', '-f', '-'], `${tailed}---\n${silent}`)
    expect(err).toBe('pod/web: injected log-tail; pod/web: skipped, nothing asks for a profile\n')
    expect((await pillion(['inject', '-f', '-'], 'a: 1\n')).err).toBe(
      'no workloads: there is no Pod and no Pod template in these manifests\n',
    )
    const many = Array.from({ length: 12 }, () => silent).join('---\n')
    expect((await pillion(['inject', '-f', '-'], many)).err).toMatch(/; and 2 more\n$/)
  })

  it('replace the files, and undo that to the byte', async () => {
    const [one, other] = [await file('in-place.yaml', tailed), await file('silent.yaml', silent)]
    await chmod(one, 0o640)
    const link = join(directory, 'link.yaml')
    await symlink(one, link)
    const done = await pillion(['inject', '-w', '-f', link, '-f', other])
    expect(done).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('pod/web: injected log-tail'),
    })
    expect(await readFile(one, 'utf8')).toContain('- name: log-tail')
    expect({ mode: (await stat(one)).mode & 0o777, isLink: (await lstat(link)).isSymbolicLink() }).toEqual({
      mode: 0o640,
      isLink: true,
    })
    expect(await readFile(other, 'utf8')).toBe(silent)
    expect(await pillion(['uninject', '-w', '-f', one])).toMatchObject({
      out: '',
      err: 'pod/web: removed log-tail\n',
    })
    expect(await readFile(one, 'utf8')).toBe(tailed)
  })

  it('replace no file when a Pod is denied', async () => {
    const [good, bad] = [await file('w-good.yaml', tailed), await file('w-bad.yaml', asking('log-tial'))]
    expect((await pillion(['inject', '-w', '-f', good, '-f', bad])).code).toBe(1)
    expect(await readFile(good, 'utf8')).toBe(tailed)
  })

  it('read subdirectories with -R', async () => {
    await mkdir(join(directory, 'tree/sub'), { recursive: true })
    await file('tree/sub/pod.yaml', tailed)
    const tree = join(directory, 'tree')
    expect(await injected('-f', tree)).toMatchObject({
      code: 2,
      err: `${tree}: no *.yaml, *.yml or *.json file in it; -R also reads subdirectories\n`,
    })
    expect(JSON.parse((await injected('-R', '-f', tree)).out).metadata.name).toBe('web')
  })

  it('read each file once, and nothing but files, whatever is beside them', async () => {
    const tree = join(directory, 'odd')
    await mkdir(join(tree, 'named.yaml'), { recursive: true })
    await file('odd/pod.yaml', tailed)
    for (const name of ['one', 'two']) await symlink('.', join(tree, name))
    await symlink('pod.yaml', join(tree, 'link.yaml'))
    await promisify(execFile)('mkfifo', [join(tree, 'pipe.yaml')])
    const { code, out } = await injected('-R', '-f', tree)
    expect({ code, pods: JSON.parse(out).items.length }).toEqual({ code: 0, pods: 2 })
  })

  // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
  it('print no line that a CI system obeys, whatever names a manifest has', async () => {
    const evil = '\n::add-mask::x'
    const annotations = { 'pillion.dev/inject': `log-tail${evil}`, [`pillion.dev/log-tail.p${evil}`]: 'x' }
    const template = { metadata: { annotations }, spec: { containers: [{ name: `a${evil}`, image: 'x' }] } }
    const metadata = { name: `x${evil}`, namespace: `n${evil}`, annotations, labels: annotations }
    const items = [
      { apiVersion: 'v1', kind: 'Pod', ...template, metadata },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } },
      { apiVersion: `v1${evil}`, kind: `Foo${evil}`, metadata, spec: { template } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name: `n${evil}` } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        ...template,
        metadata: { name: `x${evil}`, annotations: { 'pillion.dev/inject': 'log-tail' } },
      },
    ]
    const path = await file('evil.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    for (const command of ['inject', 'explain']) {
      const { out, err } = await pillion([command, '-f', path, '--profiles', 'catalog'])
      expect(err + out).toContain('::add-mask::')
      expect(`${err}\n${out}`.split('\n').filter(line => /^\s*::/.test(line))).toEqual([])
    }
  })

  it('keep the mode of a file, whatever the umask', async () => {
    const one = await file('umask.yaml', tailed)
    await chmod(one, 0o664)
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    expect((await pillion(['inject', '-w', '-f', one, '-f', one])).code).toBe(0)
    expect((await stat(one)).mode & 0o777).toBe(0o664)
  })

  describe('-k', () => {
    let path: string | undefined
    beforeAll(async () => {
      path = process.env['PATH']
      await mkdir(join(directory, 'bin'))
      process.env['PATH'] = join(directory, 'bin')
    })
    afterAll(() => {
      process.env['PATH'] = path
    })

    it('says which programs it needs', async () => {
      expect(await injected('-k', 'overlay')).toMatchObject({
        code: 2,
        err: expect.stringContaining('-k needs the program kubectl or kustomize on the PATH'),
      })
    })

    it('uses the output of kustomize or kubectl for the directory, and their error if they fail', async () => {
      const program = async (name: string, text: string) =>
        chmod(await file(`bin/${name}`, `#!/bin/sh\n${text}`), 0o755)
      await program(
        'kustomize',
        `echo '${JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...podOf('$*') })}'`,
      )
      expect(JSON.parse((await injected('-k', 'overlay')).out).metadata.name).toBe('$*')
      await program('kubectl', 'echo "no kustomization in $2" >&2; exit 1')
      expect(await injected('-k', 'overlay')).toMatchObject({
        code: 2,
        err: expect.stringContaining('kubectl kustomize overlay: no kustomization in overlay'),
      })
    })
  })

  describe('--set', () => {
    const explained = (...args: string[]) =>
      pillion(['explain', '-f', '-', '--with', 'logging', ...args.flatMap(each => ['--set', each])], silent)

    it('gives parameters to the profiles of --with', async () => {
      const { code, out } = await explained('logging.endpoint=http://collector:4318', 'logging.path=/logs')
      expect(code).toBe(0)
      expect(out).toContain('endpoint = "http://collector:4318"  (--set)')
      expect(out).toContain('path = "/logs"  (--set)')
    })

    it('yields to the annotation of the Pod', async () => {
      const text = asking('log-tail', '    pillion.dev/log-tail.file: x.log\n')
      const { out } = await pillion(['explain', '-f', '-', '--set', 'log-tail.file=y.log'], text)
      expect(out).toContain('file = "x.log"  (annotation pillion.dev/log-tail.file)')
    })

    it.each([
      { set: 'logging', says: 'must be PROFILE.PARAMETER=VALUE' },
      { set: 'loging.path=/x', says: 'there is no profile "loging"; did you mean "logging"?' },
      { set: 'logging.pth=/x', says: 'profile logging has no such parameter; did you mean "path"?' },
      { set: 'logging.user=me', says: '--set logging.user: "me" is not an integer' },
    ])('refuses $set', async ({ set, says }) => {
      expect(await explained(set)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) })
    })
  })
})

describe('one bad document', () => {
  const bad = `a: [\n---\n${asking('true')}---\n${asking('work-dir').replace('name: app', 'nam: app')}`

  it('does not hide the results of the others', async () => {
    const { code, out, err } = await pillion(['explain', '-f', '-'], `${bad}---\n${asking('work-dir')}`)
    expect(code).toBe(1)
    expect(out).toContain('Pod/web: injected (Injected)')
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^-:2:1: /),
      '-:8:5: metadata.annotations["pillion.dev/inject"]: must be a string: write names of profiles, for example pillion.dev/inject: log-tail, work-dir',
      expect.stringMatching(/^-:\d+:\d+: spec\.containers\[0\]\.name: is missing$/),
      '',
    ])
  })

  it('is reported together with all others, and no manifest is printed', async () => {
    const { code, out, err } = await pillion(['inject', '-f', '-'], `${bad}---\n${asking('log-tial')}`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    for (const text of [
      'must be a string',
      'is missing',
      'UnknownProfile',
      'pod/web: denied (UnknownProfile)',
    ])
      expect(err).toContain(text)
  })
})

describe('a manifest out of the ordinary', () => {
  it.each([
    ['nothing', ''],
    ['empty documents', '---\n---\n# only a comment\n'],
    ['a document of something else', 'hello: world\n---\n- 1\n- 2\n'],
    ['CRLF', silent.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${silent}`],
    ['anchors and merge keys', 'base: &b { a: 1 }\nmore:\n  <<: *b\n'],
  ])('passes through untouched: %s', async (_, text) => {
    expect(await pillion(['inject', '-f', '-'], text)).toMatchObject({ code: 0, out: text })
  })

  it.each([
    ['tabs', 'a:\n\tb: 1\n', /^-:2:1: /],
    ['a text that is no YAML', 'a: [1, 2\n', /^-:2:1: /],
    [
      'aliases that expand without end',
      'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n',
      /alias/i,
    ],
    [
      'containers that are no list',
      asking('log-tail').replace(/containers:[\s\S]*/, 'containers: 3\n'),
      /^-:8:3: spec\.containers: must be a list/,
    ],
    [
      'a container without a name',
      asking('log-tail').replace('name: app', 'nam: app'),
      /^-:10:7: spec\.containers\[0\]\.name: is missing/,
    ],
  ])('is refused at its place: %s', async (_, text, message) => {
    const { code, out, err } = await pillion(['inject', '-f', '-'], text)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(message)
  })
})

describe('the profiles of a command', () => {
  const profile = (name: string) => ({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name },
    spec: { containers: [{ name, image: 'example/x:1' }] },
  })
  const names = async (...args: string[]) => {
    const { code, out, err } = await pillionWith(
      ['profiles', '-o', 'json', ...args],
      JSON.stringify(profile('piped')),
    )
    return { code, err, names: code === 0 ? JSON.parse(out).map((each: { name: string }) => each.name) : [] }
  }

  it('are those of the built-in catalog without a cluster, and it says so', async () => {
    expect(await names()).toEqual({
      code: 0,
      err: 'uses the built-in catalog, because the kubeconfig /dev/null has no context\n',
      names: expect.arrayContaining(['log-tail', 'work-dir']),
    })
  })

  it('are those that --profiles names: files, directories, stdin, Lists and the catalog, together', async () => {
    const one = await file('shipper.json', JSON.stringify(profile('shipper')))
    const items = ['a', 'b'].map(profile)
    const list = await file('list.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    const args = [one, list, '-', 'catalog'].flatMap(name => ['--profiles', name])
    expect(await names(...args)).toEqual({
      code: 0,
      err: '',
      names: expect.arrayContaining(['a', 'b', 'log-tail', 'piped', 'shipper']),
    })
  })

  it('cannot have the same name', async () => {
    const path = await file('again.json', JSON.stringify(profile('log-tail')))
    const { code, err } = await names('--profiles', 'catalog', '--profiles', path)
    expect({ code, err }).toEqual({
      code: 2,
      err: `${path}: metadata.name: "log-tail" is taken by the ClusterSidecarProfile of that name\n`,
    })
  })

  it('end a command if it cannot read the context that the user selected', async () => {
    expect(await names('--kubeconfig', '/no/such/file')).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^the kubeconfig cannot be read: \/no\/such\/file: there is no such file or directory/,
      ),
    })
  })

  it('are not the catalog when the API server of the context does not answer', async () => {
    const config = {
      'current-context': 'gone',
      contexts: [{ name: 'gone', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: {} }],
    }
    const path = await file('kubeconfig', JSON.stringify(config))
    const { code, err } = await names('--kubeconfig', path)
    expect(code).toBe(2)
    expect(err).toMatch(
      /^no API server answers \(context gone\): .*ECONNREFUSED.*\n--profiles catalog uses the /,
    )
  })
})

describe('pillion explain', () => {
  it('says what is where, and where each value came from', async () => {
    const { code, out } = await pillion(
      ['explain', '-f', '-'],
      asking('log-tail', '    pillion.dev/log-tail.file: x.log\n'),
    )
    expect(code).toBe(0)
    expect(out).toMatch(/^-:1: Pod\/web: injected \(Injected\)\n/)
    expect(out).toContain('volume mounts of app: /var/log/app')
    expect(out).toContain('file = "x.log"  (annotation pillion.dev/log-tail.file)')
    expect(out).toContain('path = "/var/log/app"  (default)')
  })

  it('tells the author of a silent Pod how to ask', async () => {
    const { code, out } = await pillion(['explain', '-f', '-'], silent)
    expect(code).toBe(0)
    expect(out).toContain('skipped (NotRequested)')
    expect(out).toContain('pillion.dev/inject: NAME')
  })

  it('lists what many containers have in common once, and sidecars as sidecars', async () => {
    const containers = Array.from({ length: 60 }, (_, i) => ({ name: `app-${i}`, image: 'x' }))
    const { metadata } = podOf('web')
    const annotations = { 'pillion.dev/inject': 'log-tail, work-dir' }
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, annotations },
      spec: { containers },
    }
    const { out } = await pillion(['explain', '-f', '-'], JSON.stringify(pod))
    expect(out.split('\n').length).toBeLessThan(30)
    expect(out).toMatch(/^ {4}volume mounts of app-0, app-1, .* and 50 more: \/var\/log\/app$/m)
    expect(out).toMatch(/^ {4}sidecars: log-tail$/m)
    expect(out).toMatch(/^ {4}init containers: work-dir$/m)
    const injected = await pillion(['inject', '-f', '-', '-o', 'json'], JSON.stringify(pod))
    const again = await pillion(['explain', '-f', '-'], injected.out)
    expect(again.out).toMatch(/^-:1: Pod\/web: unchanged .*(\n.*)*\n {4}sidecars: log-tail$/m)
  })

  describe('of one workload', () => {
    const both = `${asking('work-dir')}---\n${asking('work-dir').replace('name: web', 'name: api')}`
    const explain = (...words: string[]) => pillion(['explain', '-f', '-', ...words], both)

    it('shows only the one that is named, in each output', async () => {
      expect((await explain('pod/api')).out).toMatch(/^-:\d+: Pod\/api: injected/)
      expect(JSON.parse((await explain('po', 'api', '-o', 'json')).out)).toMatchObject([{ name: 'api' }])
    })

    it('names the workloads there are if there is no such one', async () => {
      expect(await explain('deploy/api')).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(
          /^the manifests have no Deployment\/api; their workloads: Pod\/web, Pod\/api$/m,
        ),
      })
    })

    it('draws it', async () => {
      const { code, out } = await explain('pod/api', '-o', 'svg')
      expect(code).toBe(0)
      expect(out).toMatch(/^<svg [^>]*>\n<title>Pod api<\/title>/)
      expect(out).toContain('>work-dir</text>')
    })

    it('draws no more than one, and says how to choose', async () => {
      expect(await explain('-o', 'svg')).toEqual({
        code: 2,
        out: '',
        err: expect.stringContaining(
          '-o svg draws one workload, and these manifests have 2: Pod/web, Pod/api. Add its name to the command, for example Pod/web',
        ),
      })
    })

    it('draws the Pod of the author if it is denied, and says why', async () => {
      const { code, out, err } = await pillion(['explain', '-f', '-', '-o', 'svg'], asking('work-dri'))
      expect(code).toBe(1)
      expect(out).toContain('<title>Pod ')
      expect(err).toContain('did you mean "work-dir"?')
    })
  })

  it('lists the profiles once for many workloads that request none', async () => {
    const { out } = await pillion(['explain', '-f', '-'], `${silent}---\n${silent}`)
    expect(out.match(/to request profiles, add/g)).toHaveLength(2)
    expect(out.match(/log-tail/g)).toHaveLength(1)
    expect(out).toMatch(/\(profiles: ambassador, .* and \d more\)$/m)
  })

  it('says where to read what to do about a profile that is skipped', async () => {
    const args = ['explain', '-f', 'examples/job.yaml', '--kubernetes-version']
    expect((await pillion([...args, '1.28'])).out).toContain(
      '\n    what to do: pillion reasons JobWouldNeverFinish\n',
    )
    expect((await pillion(['explain', '-f', '-'], silent)).out).not.toContain('what to do')
  })

  it('says once what to write where a workload asks in the wrong place', async () => {
    const misplaced = silent.replace('metadata:', 'metadata:\n  labels: { pillion.dev/inject: work-dir }')
    const { out } = await pillion(['explain', '-f', '-'], misplaced)
    expect(out).toContain('write pillion.dev/inject: work-dir under metadata.annotations')
    expect(out).not.toContain('to request profiles')
  })

  it('gives it as JSON, and 1 when a Pod is denied', async () => {
    const { code, out } = await pillion(['explain', '-f', '-', '-o', 'json'], asking('log-tial'))
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject([
      { kind: 'Pod', name: 'web', outcome: 'denied', reason: 'UnknownProfile' },
    ])
  })
})

describe('pillion profiles', () => {
  it('lists what there is', async () => {
    const { out } = await pillion(['profiles'])
    expect(out).toMatch(
      /^NAME +KIND +REVISION +DESCRIPTION\n(?:.*\n)*log-tail +ClusterSidecarProfile +[0-9a-f]{10} /,
    )
    expect(out).toContain('  Connects the app to one service through Envoy.\n')
    expect(out.split('\n').filter(line => line.length > 120)).toEqual([])
  })

  it('shows one with annotations that can be copied', async () => {
    const { out } = await pillion(['profiles', 'work-dir'])
    const block = out.slice(out.indexOf('    pillion.dev/'))
    const { code } = await pillion(
      ['explain', '-f', '-'],
      asking('work-dir').replace(/ {4}pillion.*\n/, block),
    )
    expect(code).toBe(0)
  })

  // Those with the longest patterns and descriptions.
  it.each(['logging', 'proxy', 'wait-for'])('fits each of the catalog into 100 columns: %s', async name => {
    const { out } = await pillion(['profiles', name])
    expect(out.split('\n').filter(line => line.length > 100)).toEqual([])
  })

  it('shows what a parameter is, with an example of a form that is hard to read, and what is optional', async () => {
    const { out } = await pillion(['profiles', 'logging'])
    expect(out).toContain('  endpoint: string such as "https://collector.example.com:4318"; required\n')
    expect(out).toContain('  path: string; default "/var/log/app"\n      Directory that the app writes to.')
    expect(out).toContain('\n    pillion.dev/logging.path: "/var/log/app"\n')
    expect(out).toContain('\n    # pillion.dev/logging.firstLine: "')
  })

  it('proposes the nearest name', async () => {
    expect(await pillion(['profiles', 'logtail'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean "log-tail"?'),
    })
  })
})

describe('pillion validate', () => {
  it('accepts the catalog', async () => {
    expect(await pillion(['validate', '-f', 'catalog'])).toMatchObject({ code: 0, err: '' })
  })

  it('warns of a SidecarProfile that most namespaces do not allow, for its namespace is not known here', async () => {
    const path = await file(
      'mighty.yaml',
      'apiVersion: pillion.dev/v1alpha1\nkind: SidecarProfile\nmetadata: { name: tap, namespace: bank }\nspec:\n  volumes: [{ name: run, hostPath: { path: /run } }]\n',
    )
    const { code, err } = await pillion(['validate', '-f', path])
    expect(code).toBe(0)
    expect(err).toContain(`warning: ${path}: spec.volumes[0].hostPath: hostPath volumes are not allowed by`)
  })

  it('shows every problem at its place', async () => {
    const path = await file(
      'bad.yaml',
      'apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata: { name: X }\nspec:\n  contianers: []\n',
    )
    const { code, err } = await pillion(['validate', '-f', path])
    expect(code).toBe(1)
    expect(err).toContain(`${path}:5:3: spec.contianers: unknown field; did you mean "containers"?`)
    expect(err).toContain(`${path}:3:13: metadata.name: `)
  })

  const profileText = (name: string, spec: string) =>
    `apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata: { name: ${name} }\nspec: ${spec}\n`
  const ordered = (name: string, before: string) =>
    profileText(name, `{ order: { before: [${before}] }, containers: [{ name: c-${name}, image: a:1 }] }`)

  it('finds a cycle between two files', async () => {
    const [one, two] = [
      await file('one.yaml', ordered('one', 'two')),
      await file('two.yaml', ordered('two', 'one')),
    ]
    const { code, err } = await pillion(['validate', '-f', one, '-f', two])
    expect({ code, err }).toEqual({
      code: 1,
      err: `${two}: spec.order: makes a cycle with other profiles: one before two before one\n`,
    })
  })

  it('refuses a profile that gives nothing', async () => {
    const path = await file('nothing.yaml', profileText('nothing', '{ description: x }'))
    expect(await pillion(['validate', '-f', path])).toMatchObject({
      code: 1,
      err: expect.stringContaining('adds nothing to a Pod'),
    })
  })

  it('says what a custom resource cannot have', async () => {
    const path = await file(
      'whole.yaml',
      profileText('whole', '{ containers: [{ name: a, image: a:1, env: $(app.?env) }] }'),
    )
    const { code, err } = await pillion(['validate', '-f', path])
    expect(code).toBe(0)
    expect(err).toContain('spec.containers[0].env: is an expression for a whole list or object')
  })
})

describe('the formats of pillion validate', () => {
  const broken =
    'apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata: { name: x }\nspec:\n  contianers: []\n'
  const validated = async (output: string, ...files: string[]) =>
    pillion(['validate', '-o', output, ...files.flatMap(each => ['-f', each])])

  it('print the problems as JSON', async () => {
    const path = await file('broken.yaml', broken)
    const { code, out, err } = await validated('json', path, 'catalog/log-tail.yaml')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(JSON.parse(out)).toMatchObject({
      profiles: [{ kind: 'ClusterSidecarProfile', name: 'log-tail', file: 'catalog/log-tail.yaml' }],
      findings: [{ severity: 'error', file: path, line: 5, column: 3, field: 'spec.contianers' }],
    })
  })

  it('print the problems as SARIF', async () => {
    const path = await file('broken.yaml', broken)
    const { code, out } = await validated('sarif', path)
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'pillion', rules: [{ id: 'error' }] } },
          results: [
            {
              ruleId: 'error',
              level: 'error',
              message: { text: expect.stringContaining('spec.contianers: unknown field') },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: path },
                    region: { startLine: 5, startColumn: 3 },
                  },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  it('print the problems as commands of GitHub Actions, with special characters escaped', async () => {
    const path = await file('a,b:c.yaml', broken.replace('contianers', '"100%"'))
    const { code, out } = await validated('github', path)
    expect(code).toBe(1)
    expect(out).toMatch(/^::error file=\S*a%2Cb%3Ac\.yaml,line=5,col=3::spec\["100%25"\]: unknown field/)
  })

  it('report nothing about a valid profile, except that it is valid', async () => {
    expect(await validated('github', 'catalog')).toMatchObject({ code: 0, out: '' })
    expect(JSON.parse((await validated('sarif', 'catalog')).out).runs[0].results).toEqual([])
  })

  it('print one error for a text that is not YAML', async () => {
    const { code, err } = await pillion(['validate', '-f', 'README.md'])
    expect(code).toBe(1)
    expect(err).toMatch(/^README\.md:\d+:\d+: .*\n$/)
  })

  it('report a text without a profile', async () => {
    expect(await pillion(['validate', '-f', await file('empty.yaml', '# nothing\n')])).toMatchObject({
      code: 0,
      err: 'no profiles in these files\n',
    })
  })
})

describe('pillion version', () => {
  it('is that of the program if there is no cluster', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await pillion(['version'])).toEqual({
      code: 0,
      out: `client  pillion ${version}, Node ${process.version}\n`,
      err: '',
    })
    expect(JSON.parse((await pillion(['version', '-o', 'json'])).out)).toEqual({
      client: { pillion: version, node: process.version },
    })
  })
})

describe('pillion reasons', () => {
  it('lists them, and explains one', async () => {
    expect((await pillion(['reasons'])).out).toMatch(/^REASON +MEANING\nInjected +The Pod got something/)
    const { code, out } = await pillion(['reasons', 'conflict'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Conflict\n\n.*\n(.*\n)*- Developer: use another name/)
    expect(out).not.toContain('](')
  })

  it('suggests the nearest reason', async () => {
    expect(await pillion(['reasons', 'Conflit'])).toMatchObject({
      code: 2,
      err: 'there is no reason "Conflit"; did you mean "Conflict"?\n',
    })
  })
})

describe('the help', () => {
  const program = new Command()
  addCommands(program, { out() {}, err() {}, stdin: async () => '', isColoured: false }, () => {})
  const commands = new Map(
    program.commands
      .filter(each => !each.name().startsWith('_'))
      .flatMap(each => [
        [each.name(), each] as const,
        ...each.commands.map(below => [`${each.name()} ${below.name()}`, below] as const),
      ]),
  )

  it.each([...commands.keys()])('of %s has an example', async name => {
    const { code, out } = await pillion([...name.split(' '), '--help'])
    expect(code).toBe(0)
    expect(out).toContain('Examples:\n  # ')
  })

  const all = Object.entries(helpExamples).flatMap(([name, lines]) =>
    lines.map(([, line]) => ({ name, line })),
  )
  it.each(all)('has no example with an option that does not exist: $line', ({ name, line }) => {
    const words = line
      .split(/ \| |[()]/)
      .find(part => part.startsWith('pillion '))!
      .split(' ')
      .slice(1)
    const command = commands.get(words.slice(0, 2).join(' ')) ?? commands.get(words[0] ?? '')
    expect(words.join(' ')).toMatch(new RegExp(`^${name}\\b`))
    const flags = words.filter(word => word.startsWith('-') && word !== '-').map(word => word.split('=')[0])
    const known = command?.options.flatMap(({ short, long }) => [short, long])
    expect(flags.filter(flag => !known?.includes(flag))).toEqual([])
  })
})

describe('a wrong call', () => {
  it.each([
    { args: ['injekt'], says: 'Did you mean inject?' },
    { args: ['inject'], says: 'name manifests: -f FILE, -f DIR, -f - for stdin, or -k DIR' },
    { args: ['inject', '-f', 'x', '-k', 'y'], says: 'name manifests with -f or with -k, not with both' },
    { args: ['inject', '-f', '-', '-w'], says: '-w replaces files: it needs -f FILE, not stdin' },
    { args: ['inject', '-k', 'x', '-w'], says: '-w replaces files: it needs -f FILE, not -k' },
    { args: ['inject', '-f', 'x', '-w', '-o', 'json'], says: 'cannot be combined with -o json' },
    {
      args: ['explain', 'deploy/web', '-o', 'svg'],
      says: 'kubectl get deploy/web -o yaml | pillion explain -f - -o svg',
    },
    { args: ['inject', '-f', '-', '-o', 'xml'], says: 'Allowed choices are yaml, json, patch, diff' },
    {
      args: ['inject', '-f', '-', '--kubernetes-version', 'new'],
      says: 'It must be a version, for example 1.34',
    },
    { args: ['inject', '-f', 'no/such/file'], says: 'no/such/file: there is no such file or directory' },
    { args: ['inject', '-f', '-', '--profiles', 'no/such/directory'], says: 'no/such/directory' },
    { args: ['serve', '--port', 'x'], says: '--port: "x" is not a whole number' },
  ])('ends with 2 and says why: $args', async ({ args, says }) => {
    expect(await pillion(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) })
  })
})

describe('the process', () => {
  const run = promisify(execFile)

  it.each([
    { name: 'pillion', usage: 'Usage: pillion ' },
    { name: 'kubectl-pillion', usage: 'Usage: kubectl pillion ' },
  ])('is called as $name', async ({ name, usage }) => {
    const link = join(directory, name)
    await symlink(join(process.cwd(), 'src/cli/main.ts'), link)
    const { stdout } = await run(process.execPath, [link, '--help'])
    expect(stdout).toContain(usage)
  })

  it('shows the main job', async () => {
    const { stdout } = await run(process.execPath, ['src/cli/main.ts', 'demo'], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(stdout).toContain('Pod/multi-container-demo asks for log-tail, work-dir')
    expect(stdout).toContain('Deployment/website asks for log-tail, work-dir')
    expect(stdout.match(/outcome: injected \(Injected\)/g)).toHaveLength(2)
    expect(stdout).toContain('+    - name: log-tail')
  })
})

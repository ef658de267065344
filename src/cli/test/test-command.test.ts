import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pillionWith } from '../recorded.fixture.ts'

const profile = `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: ship }
spec:
  parameters:
    debug: { type: boolean, default: false }
    level: { type: string, enum: [info, warn], default: info }
    path: { type: string, default: /logs }
  requires:
    - expression: has(pod.metadata.labels)
      message: the Pod needs labels
  containers:
    - name: ship
      image: example/ship:1
      args: [$(params.path), $(params.level)]
      env:
        - { name: DEBUG, value: "1", when: params.debug }
`

const pod = (annotations = '', labels = 'labels: { app: web }') => `apiVersion: v1
kind: Pod
metadata:
  name: web
  ${labels}
  annotations: { pillion.dev/inject: ship${annotations} }
spec:
  containers:
    - { name: app, image: example/app:1 }
`

describe('pillion test', () => {
  it('passes with a decision that leaves out fields, and with a manifest in another format', async () => {
    const folder = await folderOf({
      'a/pod.yaml': pod('', 'labels: null'),
      'a/expected.yaml': 'outcome: denied\n',
      'a/profiles/ship.yaml': profile,
      'b/pod.yaml': pod(),
      'b/profiles/ship.yaml': profile,
    })
    await pillion('test', folder, '--update')
    const written = await readFile(join(folder, 'b/expected.yaml'), 'utf8')
    const [, manifest = ''] = written.split('---\n')
    await writeFile(
      join(folder, 'b/expected.yaml'),
      `# by hand\n${manifest.replace('name: web', '"name": "web"').replaceAll(/"revision":"\w+"/g, '"revision":"0000000000"')}`,
    )
    const { code, out } = await pillion('test', folder)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('2 cases passed') })
  })

  it('prints one line for a case, even if the name of its folder has line ends', async () => {
    const forged = 'a\npassed: b\n::error::c\u001b[31m'
    const folder = await folderOf({
      [`${forged}/pod.yaml`]: pod(),
      [`${forged}/profiles/ship.yaml`]: profile,
    })
    const { out } = await pillion('test', folder)
    expect(out).toContain('/a passed: b ::error::c [31m (Kubernetes')
    expect(out).not.toMatch(/^(passed:|::)/m)
  })

  it('fails with each difference and a unified diff', async () => {
    const folder = await folderOf({
      'pod.yaml': pod('', 'labels: null'),
      'profiles/ship.yaml': profile,
      'expected.yaml': 'outcome: injected\nreason: Injected\n',
    })
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(1)
    expect(out).toContain('outcome is "denied", and "injected" is expected')
    expect(out).toContain('reason is "RequirementNotMet", and "Injected" is expected')
    expect(out).toContain(
      '\n-outcome: injected\n-reason: Injected\n+outcome: denied\n+reason: RequirementNotMet\n',
    )
  })

  it('fails when the result has another value', async () => {
    const folder = await folderOf({ 'pod.yaml': pod(), 'profiles/ship.yaml': profile })
    await pillion('test', folder, '--update')
    await writeFile(join(folder, 'profiles/ship.yaml'), profile.replace('ship:1', 'ship:2'))
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(1)
    expect(out).toContain('the resulting manifest differs')
    const changed = out.split('\n').filter(line => /^[+-] /.test(line))
    expect(changed).toEqual([expect.stringContaining('ship:1'), expect.stringContaining('ship:2')])
  })

  it('names all that is wrong with the files of all cases, with lines, and runs the others', async () => {
    const folder = await folderOf({
      'a/pod.yaml': 'kind: Pod\n  name: x\n',
      'b/pod.yaml': pod(),
      'b/profiles/ship.yaml':
        'apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata: {name: a}\nspec: {contaners: []}\n',
      'c/pod.yaml': pod(),
      'c/profiles/ship.yaml': profile,
      'c/expected.yaml': 'outcome: injcted\nresaon: Injected\n',
      'd/expected.yaml': 'outcome: injected\n',
      'e/pod.yaml': pod(),
      'e/namespaces.yaml': '',
      'e/expected.yaml': '',
      'f/pod.yaml': pod(),
      'f/profiles/ship.yaml': profile,
      'f/expected.yaml': 'outcome: injected\n',
    })
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(1)
    for (const line of [
      /a\/pod\.yaml:1:\d+: /,
      /b\/profiles\/ship\.yaml:4:8: spec.*contaners/,
      /c\/expected\.yaml:1:1: outcome: "injcted" is not known; did you mean "injected"\?/,
      /c\/expected\.yaml:2:1: resaon: is no field of a decision; did you mean "reason"\?/,
      /d\/pod\.yaml: is missing/,
      /e\/namespaces\.yaml: is no file of a test case; did you mean "namespace\.yaml"\?/,
      /passed: .*\/f /,
    ])
      expect(out).toMatch(line)
  })

  it('reads only regular files', async () => {
    const folder = await folderOf({ 'a/expected.yaml': 'outcome: injected\n', 'secret.yaml': 'token: abc\n' })
    await symlink('../secret.yaml', join(folder, 'a/pod.yaml'))
    await symlink('..', join(folder, 'a/profiles'))
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(1)
    expect(out).toContain('a/pod.yaml: must be a regular file, and no link')
    expect(out).toContain('a/profiles: must be a folder of profiles, and no link')
    expect(out).not.toContain('token')
  })

  it('ends with 2 when a folder has no case, or is missing', async () => {
    const folder = await folderOf({ 'a/profile.txt': '' })
    const { code, err } = await pillion('test', folder, join(folder, 'gone'))
    expect(code).toBe(2)
    expect(err).toContain('there is no test case in it')
    expect(err).toContain('gone')
  })

  it('takes the namespace and its annotations from namespace.yaml', async () => {
    const folder = await folderOf({
      'pod.yaml': pod(),
      'profiles/ship.yaml': profile,
      'namespace.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, annotations: { pillion.dev/ship.path: /from-namespace } }\n',
    })
    await pillion('test', folder, '--update')
    expect(await readFile(join(folder, 'expected.yaml'), 'utf8')).toContain('/from-namespace')
  })

  it('takes the profiles of --profiles, or the catalog, where a case has none', async () => {
    const folder = await folderOf({
      'cases/pod.yaml': pod(),
      'cases/expected.yaml': 'outcome: injected\n',
      'ship.yaml': profile,
    })
    const cases = join(folder, 'cases')
    expect((await pillion('test', cases, '--profiles', join(folder, 'ship.yaml'))).code).toBe(0)
    expect((await pillion('test', cases)).out).toContain('UnknownProfile')
  })
})

describe('--update', () => {
  it('writes the other files if one cannot be written, and says which', async () => {
    const files = ['a', 'b'].map(name => [`${name}/pod.yaml`, pod()] as const)
    const folder = await folderOf({
      ...Object.fromEntries(files),
      'a/profiles/ship.yaml': profile,
      'a/expected.yaml': 'outcome: denied\n',
      [`a/.expected.yaml.${process.pid}.tmp`]: 'of somebody else',
      'b/profiles/ship.yaml': profile,
    })
    const { code, out } = await pillion('test', folder, '--update')
    expect(code).toBe(1)
    expect(out).toMatch(/^invalid: .*a \(Kubernetes .*\n {2}.*expected\.yaml: EEXIST/m)
    expect(out).toContain('1 case updated, 1 case is invalid')
    expect(await readFile(join(folder, 'b/expected.yaml'), 'utf8')).toContain('outcome: injected')
  })

  it('leaves a case that passes as it is', async () => {
    const folder = await folderOf({
      'pod.yaml': pod(),
      'profiles/p.yaml': profile,
      'expected.yaml': '# mine\noutcome: injected\n',
    })
    const { code } = await pillion('test', folder, '--update')
    expect(code).toBe(0)
    expect(await readFile(join(folder, 'expected.yaml'), 'utf8')).toBe('# mine\noutcome: injected\n')
  })

  it('writes a file for an older version of Kubernetes only where its result differs; both pass then', async () => {
    const files = { 'profiles/p.yaml': profile }
    const versions = ['--kubernetes-version', 'v1.28.3', '--kubernetes-version', '1.34']
    const folder = await folderOf({
      'native/pod.yaml': pod(),
      'same/pod.yaml': pod('', 'labels: null'),
      ...Object.fromEntries(
        ['native', 'same'].flatMap(name =>
          Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]),
        ),
      ),
    })
    expect((await pillion('test', folder, '--update', ...versions)).code).toBe(0)
    expect(await readdir(join(folder, 'native'))).toEqual([
      'expected-1.28.yaml',
      'expected.yaml',
      'pod.yaml',
      'profiles',
    ])
    expect(await readdir(join(folder, 'same'))).toEqual(['expected.yaml', 'pod.yaml', 'profiles'])
    expect(await readFile(join(folder, 'native/expected.yaml'), 'utf8')).toContain('restartPolicy: Always')
    expect(await readFile(join(folder, 'native/expected-1.28.yaml'), 'utf8')).not.toContain('restartPolicy')
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(0)
    expect(out).toMatch(
      /native \(Kubernetes 1\.34\)[\s\S]*native \(Kubernetes 1\.28\)[\s\S]*same \(Kubernetes 1\.34\)/,
    )
  })
})

describe('coverage', () => {
  it.each([
    {
      annotations: '',
      missing: ['`debug: true`', '`level: warn`', 'sets `path`', 'requires[0] is false', 'when is true'],
    },
    {
      annotations: ', pillion.dev/ship.debug: "true"',
      missing: ['`debug: false`', '`level: warn`', 'sets `path`', 'requires[0] is false', 'when is false'],
    },
    {
      annotations: ', pillion.dev/ship.path: /x, pillion.dev/ship.level: warn',
      missing: ['`debug: true`', '`level: info`', 'requires[0] is false', 'when is true'],
    },
  ])('names what no case uses: $annotations', async ({ annotations, missing }) => {
    const folder = await folderOf({
      'pod.yaml': pod(annotations),
      'profiles/p.yaml': profile,
      'expected.yaml': 'outcome: injected\n',
    })
    const { code, out } = await pillion('test', folder)
    expect(code).toBe(0)
    expect(out.split('\n').filter(line => line.startsWith('  no case'))).toEqual(
      missing.map(text => expect.stringContaining(text)),
    )
  })

  it('counts all cases together, and is required only with --require-coverage', async () => {
    const annotations = [
      '',
      ', pillion.dev/ship.debug: "true", pillion.dev/ship.path: /x, pillion.dev/ship.level: warn',
    ]
    const folder = await folderOf({
      ...Object.fromEntries(annotations.map((each, i) => [`c${i}/pod.yaml`, pod(each)])),
      'c0/expected.yaml': 'outcome: injected\n',
      'c1/expected.yaml': 'outcome: injected\n',
      'ship.yaml': profile,
    })
    const args = ['test', folder, '--profiles', join(folder, 'ship.yaml'), '--require-coverage'] as const
    const before = await pillion('test', join(folder, 'c0'), ...args.slice(2))
    expect(before.code).toBe(1)
    const { code, out } = await pillion(...args)
    expect(code).toBe(1)
    expect(out.match(/no case.*/g)).toEqual([expect.stringContaining('requires[0] is false')])
    await mkdir(join(folder, 'c2'))
    await writeFile(join(folder, 'c2/pod.yaml'), pod('', 'labels: null'))
    await writeFile(join(folder, 'c2/expected.yaml'), 'outcome: denied\n')
    expect((await pillion(...args)).code).toBe(0)
  })
})

describe('the format', () => {
  const files = {
    'a/pod.yaml': pod(', pillion.dev/ship.path: "<&\\u0001\\"]]>"'),
    'a/profiles/p.yaml': profile,
    'a/expected.yaml': 'outcome: skipped\n',
    'b/pod.yaml': pod(),
    'b/profiles/p.yaml': profile,
    'b/expected.yaml': 'outcome: injected\n',
    'c/pod.yaml': '- 1\n  x\n: y',
  }

  it('junit has an element for each case', async () => {
    const { code, out } = await pillion('test', await folderOf(files), '-o', 'junit')
    expect(code).toBe(1)
    expect(out).toContain('<testsuites tests="3" failures="1" errors="1">')
    expect(out.match(/<testcase /g)).toHaveLength(3)
    expect(out).toContain('<failure message="outcome is &quot;injected&quot;')
    expect(out).toContain('<error message=')
    expect(out).not.toMatch(/[^\t\n\r -\ud7ff\ue000-\ufffd]/)
  })

  it('json has all that the text has', async () => {
    const { out } = await pillion('test', await folderOf(files), '-o', 'json')
    const { cases, coverage } = JSON.parse(out)
    expect(cases.map(({ status }: { status: string }) => status)).toEqual(['failed', 'passed', 'invalid'])
    expect(coverage).toEqual([{ profile: 'ship', total: 9, missing: expect.any(Array) }])
  })
})

async function folderOf(files: { readonly [file: string]: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pillion-cases-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return folder
}

function pillion(...args: readonly string[]) {
  return pillionWith(args)
}

import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Command, Option } from 'commander'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { addCommands } from '../commands.ts'
import { recordingIo } from '../recorded.fixture.ts'

describe('__complete', () => {
  it.each([
    {
      line: '',
      words: ['completion', 'explain', 'help', 'inject', 'profiles', 'reasons'],
      last: ':4',
      why: 'the commands',
    },
    { line: 'in', words: ['inject'], last: ':4', why: 'the commands that begin so' },
    { line: 'nothing-like-it', words: [], last: ':4', why: 'nothing where nothing fits' },
    {
      line: 'inject --na',
      words: ['--namespace-manifest', '--namespace'],
      last: ':4',
      why: "a command's flags",
    },
    {
      line: 'inject --namespace a --na',
      words: ['--namespace-manifest'],
      last: ':4',
      why: 'no flag a second time',
    },
    {
      line: 'inject -f a -f b --fi',
      words: ['--filename'],
      last: ':4',
      why: 'a flag again that may be repeated',
    },
    {
      line: 'inject --request-timeout 5s --req',
      words: [],
      last: ':4',
      why: 'no flag again whose value is a duration',
    },
    { line: 'inject -f ', words: [], last: ':0', why: 'files for the value of a flag' },
    { line: 'profiles --output ', words: ['text', 'json'], last: ':4', why: 'the values that a flag allows' },
    {
      line: 'profiles --output=text --pro',
      words: ['--profiles'],
      last: ':4',
      why: 'flags after a value with =',
    },
    {
      line: 'completion ',
      words: ['bash', 'zsh', 'fish', 'kubectl'],
      last: ':4',
      why: 'an argument',
    },
    { line: 'completion bash --h', words: ['--help'], last: ':4', why: 'flags after an argument' },
  ])('gives $why: "$line"', async ({ line, words, last }) => {
    const lines = (await run(['__complete', '--', ...line.split(' ')])).trimEnd().split('\n')
    expect({ words: lines.slice(0, -1).map(each => each.split('\t')[0]), last: lines.at(-1) }).toEqual({
      words: expect.arrayContaining(words),
      last,
    })
    expect(lines).toHaveLength(words.length + 1)
  })

  it.each([
    { line: 'profiles log-', values: ['log-adapter', 'log-tail'] },
    { line: 'inject --with work-dir,log-', values: ['work-dir,log-adapter', 'work-dir,log-tail'] },
    { line: 'inject --set log-tail.fi', values: ['log-tail.file='] },
    { line: 'profiles --profiles nowhere log-', values: [] },
    { line: 'inject --context ', values: ['blue', 'green'] },
    { line: 'explain deplo', values: ['deployment'] },
    { line: 'reasons Opt', values: ['OptedOut'] },
    // No API server answers, and nobody waits for it.
    { line: 'inject -n ', values: [] },
    { line: 'explain deploy/', values: [] },
  ])('gives the values of "$line"', async ({ line, values }) => {
    const usesContexts = !line.includes('log-') || line.includes('nowhere')
    if (usesContexts) vi.stubEnv('KUBECONFIG', kubeconfig)
    onTestFinished(() => void vi.unstubAllEnvs())
    const lines = (await run(['__complete', '--', ...line.split(' ')])).trimEnd().split('\n')
    expect(lines.map(each => each.split('\t')[0])).toEqual([...values, ':4'])
  })

  it('describes them', async () => {
    expect(await run(['__complete', '--', 'prof'])).toBe(
      'profiles\tlist the profiles, or show one with its parameters\n:4\n',
    )
  })

  it('gives no word that a shell runs and no second line, for any names and descriptions', async () => {
    const file = join(directory, 'hostile.json')
    const hostile = 'nice\n$(touch pwned)\n:0\n\u001b[2J'
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'pillion.dev/v1alpha1',
        kind: 'ClusterSidecarProfile',
        metadata: { name: 'agent' },
        spec: {
          description: hostile,
          parameters: { path: { type: 'string', default: '/x', description: hostile } },
          containers: [{ name: 'agent', image: 'busybox:1' }],
        },
      }),
    )
    const line = 'nice $(touch pwned) :0 [2J'
    const completed = (...words: string[]) => run(['__complete', '--', ...words, ''])
    expect(await completed('profiles', '--profiles', file)).toBe(`agent\t${line}\n:4\n`)
    expect(await completed('inject', '--profiles', file, '--set')).toBe(`agent.path=\t${line}\n:4\n`)
    const contexts = ['$(touch pwned)', 'a;b', 'a b', 'a\nb', 'arn:aws:eks:eu-west-1:1:cluster/a@b_c.d+e=f,g']
    vi.stubEnv('KUBECONFIG', join(directory, 'hostile-contexts'))
    onTestFinished(() => void vi.unstubAllEnvs())
    await writeFile(join(directory, 'hostile-contexts'), JSON.stringify(configWith(contexts)))
    expect(await completed('inject', '--context')).toBe(`${contexts.at(-1)}\n:4\n`)
  })

  it('does not suggest what the help hides', async () => {
    expect(await run(['__complete', '--', 'hidden', '--'])).toBe('--help\tdisplay help for command\n:4\n')
  })
})

let directory: string
let kubeconfig: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pillion-completion-'))
  kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, JSON.stringify(configWith(['blue', 'green'])))
})
afterAll(() => rm(directory, { recursive: true }))

function configWith(names: readonly string[]) {
  const contexts = names.map(name => ({ name, context: { cluster: 'c', user: 'u' } }))
  const clusters = [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }]
  return { 'current-context': names[0], contexts, clusters, users: [{ name: 'u', user: {} }] }
}

describe('the script', () => {
  beforeAll(async () => {
    const program = join(import.meta.dirname, 'program.fixture.ts')
    for (const name of ['pillion', 'kubectl-pillion']) {
      await writeFile(join(directory, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
      await chmod(join(directory, name), 0o755)
    }
  })
  it('of bash completes in bash', async () => {
    const line = ['pillion', 'inject', '--kuberne']
    const { stdout } = await bash(
      `${await run(['completion', 'bash'])}
       COMP_WORDS=(${line.join(' ')}); COMP_CWORD=2; _pillion; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p pillion`,
    )
    expect(stdout).toBe('--kubernetes-version\ncomplete -o bashdefault -o default -F _pillion pillion\n')
  })

  it('of bash completes the names of profiles, parameters and contexts', async () => {
    const completed = async (...words: string[]) => {
      const { stdout } = await bash(
        `export KUBECONFIG=${words.includes('--context') ? kubeconfig : '/dev/null'}
         ${await run(['completion', 'bash'])}
         COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
         _pillion; printf '%s\\n' "\${COMPREPLY[@]}"`,
      )
      return stdout.trimEnd().split('\n')
    }
    expect(await completed('pillion', 'profiles', 'log-')).toEqual(['log-adapter', 'log-tail'])
    expect(await completed('pillion', 'inject', '--set', 'log-tail.fi')).toEqual(['log-tail.file='])
    expect(await completed('pillion', 'doctor', '--context', '')).toEqual(['blue', 'green'])
  })

  it('of kubectl answers kubectl', async () => {
    await writeFile(join(directory, 'kubectl_complete-pillion'), await run(['completion', 'kubectl']), {
      mode: 0o755,
    })
    const { stdout } = await bash('kubectl_complete-pillion profiles --output j')
    expect(stdout).toBe('json\n:4\n')
  })

  it.each(['zsh', 'fish'])('of %s asks for words, and knows no command', async shell => {
    const script = await run(['completion', shell])
    expect(script).toContain('__complete --')
    expect(script).not.toContain('inject')
  })

  function bash(text: string) {
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` }
    return promisify(execFile)('bash', ['-c', text], { env })
  }
})

/** What a command line prints. */
async function run(words: readonly string[]): Promise<string> {
  const { io, said } = recordingIo()
  const program = new Command('pillion')
  const all = new Command()
  addCommands(all, io, () => {})
  for (const command of all.commands)
    if (['completion', 'explain', 'inject', 'profiles', 'reasons', '__complete'].includes(command.name()))
      program.addCommand(command, { hidden: command.name().startsWith('_') })
  program.addCommand(new Command('hidden').addOption(new Option('--secret').hideHelp()), { hidden: true })
  await program.parseAsync(words, { from: 'user' })
  return said.out
}

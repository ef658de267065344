import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Command, Option } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCommands } from '../commands.ts'
import type { Io } from '../io.ts'

describe('completion words', () => {
  it.each([
    {
      line: '',
      words: ['completion', 'explain', 'help', 'inject', 'profiles'],
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
      words: ['bash', 'zsh', 'fish', 'kubectl', 'words'],
      last: ':4',
      why: 'an argument',
    },
    { line: 'completion bash --h', words: ['--help'], last: ':4', why: 'flags after an argument' },
  ])('gives $why: "$line"', async ({ line, words, last }) => {
    const lines = (await run(['completion', 'words', '--', ...line.split(' ')])).trimEnd().split('\n')
    expect({ words: lines.slice(0, -1).map(each => each.split('\t')[0]), last: lines.at(-1) }).toEqual({
      words: expect.arrayContaining(words),
      last,
    })
    expect(lines).toHaveLength(words.length + 1)
  })

  it('describes them', async () => {
    expect(await run(['completion', 'words', '--', 'prof'])).toBe(
      'profiles\tlist the profiles, or show one with its parameters\n:4\n',
    )
  })

  it('hides what the help hides', async () => {
    expect(await run(['completion', 'words', '--', 'hidden', '--'])).toBe(
      '--help\tdisplay help for command\n:4\n',
    )
  })
})

describe('the script', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-completion-'))
    const program = join(import.meta.dirname, 'program.fixture.ts')
    for (const name of ['pillion', 'kubectl-pillion']) {
      await writeFile(join(directory, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
      await chmod(join(directory, name), 0o755)
    }
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('of bash completes in bash', async () => {
    const line = ['pillion', 'inject', '--kuberne']
    const { stdout } = await bash(
      `${await run(['completion', 'bash'])}
       COMP_WORDS=(${line.join(' ')}); COMP_CWORD=2; _pillion; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p pillion`,
    )
    expect(stdout).toBe('--kubernetes-version\ncomplete -o bashdefault -o default -F _pillion pillion\n')
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
    expect(script).toContain('completion words --')
    expect(script).not.toContain('inject')
  })

  function bash(text: string) {
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` }
    return promisify(execFile)('bash', ['-c', text], { env })
  }
})

/** What a command line prints. */
async function run(words: readonly string[]): Promise<string> {
  let printed = ''
  const io: Io = {
    out: text => {
      printed += text
    },
    err: () => {},
    stdin: async () => '',
    isColoured: false,
  }
  const program = new Command('pillion')
  const all = new Command()
  addCommands(all, io, () => {})
  for (const command of all.commands)
    if (['completion', 'explain', 'inject', 'profiles'].includes(command.name())) program.addCommand(command)
  program.addCommand(new Command('hidden').addOption(new Option('--secret').hideHelp()), { hidden: true })
  await program.parseAsync(words, { from: 'user' })
  return printed
}

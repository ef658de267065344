import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { worstCases } from '../test/worst-cases/worst-cases.ts'
import type { Budget, Question } from './report/question.ts'

interface Measured {
  /** The outcome and the reason. */
  readonly what: string
  readonly ms: number
  readonly mb: number
}

export const question: Question = {
  title: 'What is the worst that one Pod can cost?',
  about: [
    'Pods and profiles near each limit (`test/worst-cases/`), each reviewed five times in a process of its own under the',
    'limits of the image, after 200 ordinary reviews: the most CPU that one review took, the first among them, and by how',
    'much the memory of the process has grown at its highest. The test `test/worst-cases.test.ts` asserts the units.',
  ].join('\n'),
  async measure() {
    const rows: ({ readonly of: string } & Measured)[] = []
    for (const of of Object.keys(worstCases)) rows.push({ of, ...(await measured(of)) })
    return {
      tables: [
        {
          caption: 'One review',
          rows: rows.map(({ of, what, ms, mb }) => ({
            of,
            becomes: what,
            'ms of CPU': ms.toFixed(0),
            MB: mb.toFixed(0),
          })),
        },
      ],
      budgets: [
        atMost('ms of CPU of the worst review', Math.max(...rows.map(({ ms }) => ms)), 250),
        atMost('MB of the worst review', Math.max(...rows.map(({ mb }) => mb)), 50),
      ],
    }
  },
}

async function measured(name: string): Promise<Measured> {
  const program = join(import.meta.dirname, 'worst-cases/process.ts')
  // The heap that Node takes in a container of 384 MiB, and the young generation that the image gives it.
  const flags = ['--expose-gc', '--max-old-space-size=192', '--max-semi-space-size=4']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, name], {
    timeout: 60_000,
  })
  return JSON.parse(stdout)
}

function atMost(what: string, measured: number, limit: number): Budget {
  return { what, measured, bound: 'at most', limit }
}

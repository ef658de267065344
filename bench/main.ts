import { parseArgs } from 'node:util'
import { apiserver } from './apiserver.ts'
import { withCandidates } from './candidates.ts'
import { engine } from './engine.ts'
import { playground } from './playground.ts'
import { rolloutPlan } from './rollout-plan.ts'
import { server } from './server.ts'
import { start } from './start.ts'
import { steady } from './steady.ts'
import { conditions } from './tables.ts'

/**
 * Measures and prints Markdown tables. docs/performance.md says what they mean.
 *
 *     npm run bench                                 all seven questions
 *     npm run bench -- engine server                some of them
 *     npm run bench -- server --against main~10     Pillion of another commit beside this one, in the same run
 *     npm run bench -- server --beside ./webhook    another webhook beside Pillion; it is started with the flags
 *                                                   -addr, -cert and -key, and answers GET /readyz and POST /mutate
 *     npm run bench -- steady --long                ten minutes at 500 reviews a second, and a million reviews in all
 */
const questions = { engine, server, apiserver, start, 'rollout-plan': rolloutPlan, playground, steady }
type Name = keyof typeof questions

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', multiple: true, default: [] },
    beside: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    long: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter(name => !Object.hasOwn(questions, name))
const rounds = Number(values.rounds)
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error('usage: npm run bench -- [engine|server|apiserver|start|rollout-plan|playground|steady ...]')
  console.error('         [--against REF ...] [--beside COMMAND ...] [--rounds NUMBER] [--long]')
  process.exit(2)
}

const names = (positionals.length > 0 ? positionals : Object.keys(questions)) as readonly Name[]
await withCandidates(values.against, async candidates => {
  for (const name of names) {
    console.log(`\n## ${name}\n\nMeasured on ${conditions()}.`)
    await questions[name]({ candidates, beside: values.beside, rounds, long: values.long })
  }
})

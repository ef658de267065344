import { withApiServer } from './cluster/api-server.ts'
import { measureRounds, type Samples, type Way, wayNames } from './cluster/rounds.ts'
import { setUp, type Variant, variants } from './cluster/variants.ts'
import { withWebhooks } from './cluster/webhooks.ts'
import type { Measured } from './load/load.ts'
import type { Budget, Question, Table } from './report/question.ts'
import { median, medianWithSpread } from './samples/quantile.ts'

export const question: Question = {
  title: 'What does it add to the creation of a Pod?',
  about: [
    'A real kube-apiserver with an etcd of its own (no fsync, no audit log) and all admission plugins of a default',
    'cluster creates Pods of 3 KB with two containers. Clients, API server and webhooks share the cores of one',
    'machine: with 16 clients a creation waits for a core most of the time, and what is added is CPU of all of',
    'them. Registered is what deploy/ has, each variant for a namespace of its own: so they take turns within',
    "seconds. *Added* is over the same round's creations without a webhook; all figures are medians of the rounds,",
    'with half of the range of the middle half.',
    '',
    'With `reinvocationPolicy: IfNeeded` the API server calls a webhook again when a plugin of its own changed',
    'the Pod since. ServiceAccount does: it mounts the token into every container that was injected. The Go',
    'webhook would inject a second time, and is registered with `Never`; so is Pillion in *called once*.',
  ].join('\n'),
  measure: ({ isLong }) =>
    withApiServer(server =>
      withWebhooks(async ({ pillion, go, meter }) => {
        await setUp(server, pillion, go)
        const samples = await measureRounds(server, isLong ? 40 : 6, meter)
        const tables = [...wayNames.map(way => latencies(samples, way)), ownPart(samples)]
        return { tables, budgets: budgets(samples) }
      }),
    ),
}

type Quantile = 'p50' | 'p95' | 'p99'

/** By round, in milliseconds. */
function added(samples: Samples, variant: Variant, way: Way, quantile: Quantile): number[] {
  const without = samples('no webhook', way)
  return samples(variant, way).map(({ [quantile]: ms }, round) => ms - (without[round]?.[quantile] ?? 0))
}

function latencies(samples: Samples, way: Way): Table {
  return {
    caption: `Milliseconds to a created Pod, ${way}`,
    rows: variants.map(variant => {
      const all = (figure: Quantile | ('perSecond' & keyof Measured)) =>
        samples(variant, way).map(sample => sample[figure])
      const more = (quantile: Quantile) =>
        variant === 'no webhook' ? '' : medianWithSpread(added(samples, variant, way, quantile))
      return {
        '': variant,
        p50: medianWithSpread(all('p50')),
        p95: medianWithSpread(all('p95')),
        p99: medianWithSpread(all('p99')),
        'creations/s': medianWithSpread(all('perSecond'), 0),
        "API server's CPU": medianWithSpread(ofEach(samples, variant, way, 'serverCpuMs'), 2),
        'added p50': more('p50'),
        'added p95': more('p95'),
        'added p99': more('p99'),
      }
    }),
  }
}

const injecting = ['Pillion', 'Pillion, called once'] as const

function ownPart(samples: Samples): Table {
  return {
    caption: "Pillion's own part",
    rows: wayNames.flatMap(way =>
      injecting.map(variant => ({
        '': `${variant}, ${way}`,
        'calls a Pod': medianWithSpread(ofEach(samples, variant, way, 'calls')),
        'CPU a Pod, ms': medianWithSpread(ofEach(samples, variant, way, 'cpuMs'), 2),
        'of the added p50': medianWithSpread(ownShare(samples, variant, way), 2),
      })),
    ),
  }
}

/** Milliseconds of CPU, or calls, for one Pod. */
function ofEach(
  samples: Samples,
  variant: Variant,
  way: Way,
  total: 'serverCpuMs' | 'cpuMs' | 'calls',
): number[] {
  return samples(variant, way).map(({ [total]: all, requests }) => all / requests)
}

function ownShare(samples: Samples, variant: Variant, way: Way): number[] {
  return ratios(ofEach(samples, variant, way, 'cpuMs'), added(samples, variant, way, 'p50'))
}

function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((value, round) => value / (to[round] ?? Number.NaN))
}

function budgets(samples: Samples): Budget[] {
  const dryRuns = ['dry run, 1 client', 'dry run, 16 clients'] as const
  return dryRuns.flatMap(way => {
    const p50 = (variant: Variant) => added(samples, variant, way, 'p50')
    const atMost = (limit: number, what: string, measured: readonly number[]): Budget => ({
      what: `${what}; ${way}`,
      measured: median(measured),
      bound: 'at most',
      limit,
    })
    return [
      atMost(1.05, "added p50 to the policy's", ratios(p50('Pillion'), p50('MutatingAdmissionPolicy'))),
      atMost(1, "added p50 to the Go webhook's", ratios(p50('Pillion'), p50('Go webhook, called once'))),
      atMost(0.15, 'own CPU to added p50', ownShare(samples, 'Pillion', way)),
      atMost(
        0.2,
        "a Pod that did not ask to an injected one's added p50",
        ratios(p50('left out by matchConditions'), p50('Pillion')),
      ),
    ]
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import { metadataOf } from '../../json/json.ts'
import { counted } from '../../problems/counted.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { type RolloutStatus, rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'
import { isWaiting } from '../checks/profiles.ts'
import {
  type InstallationFlags,
  isInstalled,
  type LiveInstallation,
  liveInstallation,
  notInstalled,
} from '../cluster/installation.ts'
import { liveCluster } from '../cluster/live-cluster.ts'
import { type LiveSweepIfAny, liveSweep } from '../cluster/live-sweep.ts'
import { liveProfiles, noCrds } from '../cluster/profiles.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { columns } from '../output/columns.ts'
import { workloadJson, workloadTable } from '../sweep/table.ts'
import { workloadsIn } from '../sweep/workloads.ts'
import { overviewOf, type Row, readyReplicasOf } from './overview.ts'

interface StatusFlags extends InstallationFlags {
  readonly output: 'text' | 'json'
  readonly watch?: boolean
  /** In milliseconds. */
  readonly timeout: number
}

/** Shows an installation on one screen: 1 if it does not work. `pillion doctor` then says what to do. */
export async function run(flags: StatusFlags, io: Io): Promise<ExitCode> {
  if (flags.watch) return watch(flags, io)
  const installation = await liveInstallation(await liveCluster(flags), flags)
  if (!isInstalled(installation)) {
    const { message, hint } = notInstalled(installation)
    throw new Failure(1, message, `hint: ${hint}`)
  }
  const [overview, { verdicts, notes, areNotInstalled }, swept] = await Promise.all([
    overviewOf(installation),
    liveProfiles(installation.cluster, flags.namespace === undefined ? undefined : [flags.namespace]),
    liveSweep(installation, flags.namespace),
  ])
  const profiles = verdicts.map(verdict => profileOf(verdict, installation)).toSorted(byPlace)
  const blocked = 'why' in swept ? [] : workloadsIn([], swept.blocked)
  const rows = [...overview, workloadsRow(swept), profilesRow(profiles, areNotInstalled)]
  const problems = problemsIn(rows)
  if (flags.output === 'json')
    printJson({ ...jsonOf(rows), profiles, blocked: blocked.map(workloadJson), problems }, io)
  else {
    io.out(columns(rows.map(({ name, text }) => [name, text])))
    const heading = ['NAMESPACE', 'PROFILE', 'REVISION', 'ACCEPTED', 'IN USE', 'ROLLOUT']
    if (profiles.length > 0)
      io.out(`\n${columns([heading, ...profiles.map(each => Object.values(each).map(cell => cell ?? '-'))])}`)
    if (blocked.length > 0) io.out(`\n${workloadTable(blocked)}`)
  }
  for (const note of new Set([...notes, ...('why' in swept ? [] : swept.notes)])) io.err(`${note}\n`)
  for (const problem of problems) io.err(`broken: ${problem}\n`)
  return problems.length > 0 ? 1 : 0
}

/** Prints the rows that change, until the installation works and all replicas are ready: 1 if the time ends first. */
async function watch(flags: StatusFlags, io: Io): Promise<ExitCode> {
  const end = performance.now() + flags.timeout
  const printed = new Map<string, string>()
  for (;;) {
    const rows = await overviewOf(await liveInstallation(await liveCluster(flags), flags))
    const changed = rows.filter(({ name, text }) => printed.get(name) !== text)
    io.out(changed.map(({ name, text }) => `${name.padEnd(nameWidth)}  ${text}\n`).join(''))
    for (const { name, text } of changed) printed.set(name, text)
    const problems = problemsIn(rows)
    if (problems.length === 0 && rows.every(({ isIncomplete }) => !isIncomplete)) return 0
    if (performance.now() >= end) {
      for (const problem of problems) io.err(`broken: ${problem}\n`)
      io.err(`the installation does not work after ${counted(flags.timeout / 1_000, 'second')} (--timeout)\n`)
      return 1
    }
    await sleep(Math.min(pauseMs, Math.max(0, end - performance.now())))
  }
}

const pauseMs = 1_000
const nameWidth = 'installation'.length

function problemsIn(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ broken = [] }) => broken)
}

function jsonOf(rows: readonly Row[]) {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

function workloadsRow(swept: LiveSweepIfAny): Row {
  if ('why' in swept) return { name: 'workloads', text: swept.why.at(-1) ?? '', value: null }
  const count = (kind: string) => swept.found.filter(pod => pod.kind === kind).length
  const value = { missed: count('Missed'), denied: count('Denied'), outdated: count('Outdated') }
  const pods = Object.entries(value).flatMap(([what, n]) => (n > 0 ? [`${counted(n, 'Pod')} ${what}`] : []))
  const blocked = swept.blocked.length
  const parts = [...pods, ...(blocked > 0 ? [`${counted(blocked, 'workload')} cannot create Pods`] : [])]
  const text =
    parts.length === 0 ? 'no Pod is missed, denied or outdated' : `${parts.join(', ')} (pillion sweep -A)`
  return { name: 'workloads', text, value: { ...value, blocked } }
}

interface ShownProfile {
  readonly namespace: string | null
  readonly name: string
  readonly revision: string | null
  /** `yes`, `pending` until the leader has accepted it, or the reason. */
  readonly accepted: string
  readonly inUse: string
  /** Its phase, the share that the canary has, and how many Pods are updated; null without a rollout. */
  readonly rollout: string | null
}

function profileOf(verdict: Verdict, installation: LiveInstallation): ShownProfile {
  const { object, accepted, reason, profile, inUse } = verdict
  const { namespace, name } = metadataOf(object)
  const yes = isWaiting(verdict) ? 'pending' : 'yes'
  return {
    namespace: namespace === undefined ? null : String(namespace),
    name: String(name),
    revision: profile?.revision ?? null,
    accepted: accepted ? yes : reason,
    inUse: (readyReplicasOf(installation) === 0 ? undefined : inUse?.revision) ?? 'none',
    rollout: rolloutText(rolloutStatusIn(object)),
  }
}

/** `Progressing 25 % 31/37` */
function rolloutText(state: RolloutStatus | undefined): string | null {
  if (!state) return null
  const { phase, canary, percent, progress = [] } = state
  const share = canary === undefined || percent === undefined ? [] : `${percent} %`
  return [phase, share, progress].flat().join(' ')
}

function profilesRow(profiles: readonly ShownProfile[], areNotInstalled: boolean): Row {
  const accepted = profiles.filter(profile => profile.accepted === 'yes').length
  const pending = profiles.filter(profile => profile.accepted === 'pending').length
  const value = { accepted, pending, refused: profiles.length - accepted - pending }
  const text = `${accepted} accepted, ${pending} pending, ${value.refused} not accepted`
  const broken = areNotInstalled ? noCrds : undefined
  return { name: 'profiles', text, value, broken }
}

function byPlace(one: ShownProfile, other: ShownProfile): number {
  return `${one.namespace ?? '-'}/${one.name}` < `${other.namespace ?? '-'}/${other.name}` ? -1 : 1
}

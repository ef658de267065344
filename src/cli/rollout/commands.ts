import { type Command, InvalidArgumentError, Option } from 'commander'
import { type AddCommand, output } from '../add-command.ts'
import { clusterOptions, durationMs, installationOptions, namespaceOption } from '../cluster/options.ts'

/** Adds the commands of `pillion rollout`, with the words of `kubectl rollout`. */
export function addRolloutCommands(add: AddCommand): void {
  ofProfile(
    add(
      'status',
      'show how far the rollout of a profile is, and wait for its end',
      () => import('./status.ts'),
      new Option('-w, --watch [boolean]', 'wait until the rollout is over')
        .choices(['true', 'false'])
        .preset('true')
        .default('true'),
      new Option('--timeout <duration>', 'how long to wait, for example 90s or 5m; 0 is no limit')
        .argParser(durationMs)
        .default(0, '0'),
      ...where(),
    ),
  ).addHelpText('after', '\nExit code 1 if the rollout fails, or if --timeout is over first.')
  ofProfile(
    add(
      'history',
      'list the kept revisions of a profile, or print one as a manifest',
      () => import('./history.ts'),
      new Option('--revision <revision>', 'revision to print, or its number'),
      ...where(),
      ...installationOptions(),
      output('text', 'yaml', 'json'),
    ),
  )
  ofProfile(
    add(
      'undo',
      'go back to an earlier revision of a profile',
      () => import('./undo.ts'),
      new Option(
        '--to-revision <revision>',
        'revision to go back to, or its number (default: the stable one during a rollout, else the one before)',
      ),
      new Option(
        '--dry-run <where>',
        'only show the change: client sends nothing, server lets the API server check it',
      ).choices(['server', 'client']),
      ...where(),
      ...installationOptions(),
    ),
  ).addHelpText(
    'after',
    '\nThe spec of the earlier revision is written as a new generation; spec.rollout and spec.revisionHistoryLimit stay. Exit code 1 if Argo CD, Flux or Helm manages the profile: then revert the change in its source.',
  )
  ofProfile(
    add(
      'pause',
      'pause the rollout of a profile: no Pod is updated, and no step ends',
      () => import('./pause.ts'),
      ...where(),
    ),
  )
  ofProfile(
    add(
      'resume',
      'continue a paused rollout, or try a failed one again',
      () => import('./resume.ts'),
      ...where(),
    ),
  )
  ofProfile(
    add(
      'promote',
      "give the canary's revision to all workloads, or go on to a step",
      () => import('./promote.ts'),
      new Option('--to-step <number>', 'step to go on to, counted from 1 (default: all workloads)').argParser(
        stepNumber,
      ),
      ...where(),
    ),
  )
  ofProfile(
    add(
      'plan',
      'show what the rollout of a profile does to the Pods of the cluster',
      () => import('./plan.ts'),
      ...planOptions(),
    ),
  ).addHelpText('after', planHelp)
}

/** The options of both commands that plan. */
export function planOptions(): readonly Option[] {
  return [...where(), ...installationOptions(), output('text', 'wide', 'json')]
}

export const planHelp =
  '\n-o wide prints a line for each workload. The command changes nothing and uses your permissions.'

function where(): readonly Option[] {
  return [namespaceOption("namespace of a SidecarProfile (default: the context's)"), ...clusterOptions()]
}

function ofProfile(command: Command): Command {
  return command.argument('<profile>', 'name of the profile')
}

function stepNumber(value: string): number {
  const step = Number(value)
  if (!/^\d{1,3}$/.test(value) || step < 1)
    throw new InvalidArgumentError('It must be the number of a step, counted from 1.')
  return step
}

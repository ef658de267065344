import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { settings } from '../server/options.ts'
import { addTo, output } from './add-command.ts'
import {
  clusterOptions,
  collect,
  durationMs,
  installationOptions,
  namespaceOption,
} from './cluster/options.ts'
import { shells } from './completion/scripts.ts'
import { examplesText } from './examples.ts'
import { importFormats } from './import/names.ts'
import type { ExitCode, Io } from './io.ts'
import { addNewCommands } from './new/commands.ts'
import { addRolloutCommands, planHelp, planOptions } from './rollout/commands.ts'

/** Adds all commands to a program, in the order of `--help`. */
export function addCommands(program: Command, io: Io, end: (code: ExitCode) => void): void {
  const add = addTo(program, io, end)

  add(
    'inject',
    'print manifests with what Pillion would inject into their Pods',
    () => import('./inject/run.ts'),
    ...manifests(),
    ...decision(),
    inPlace(),
    output('yaml', 'json', 'patch', 'diff'),
  ).addHelpText(
    'after',
    '\nComments and the order of unchanged fields stay. If a Pod is denied, no manifest is printed and no file is replaced.',
  )
  add(
    'uninject',
    'print manifests without what Pillion injected',
    () => import('./uninject/run.ts'),
    ...manifests(),
    inPlace(),
    output('yaml', 'json', 'patch', 'diff'),
  )
  add(
    'explain',
    'explain what each workload in a manifest (-f), or one workload in the cluster, gets and why',
    () => import('./explain/run.ts'),
    ...manifests(),
    ...decision(),
    ...installationOptions(),
    output('text', 'json', 'svg'),
  )
    .argument(
      '[type]',
      'type of a workload in the cluster or in the manifest, as in kubectl: pod, deploy, sts, …; or TYPE/NAME',
    )
    .argument('[name]', 'name of the workload')
    .addHelpText('after', '\n-o svg draws the Pod of one workload of a manifest.')
  add(
    'profiles',
    'list the profiles, or show one with its parameters',
    () => import('./profiles/run.ts'),
    profiles(),
    namespaceOption("namespace whose SidecarProfiles are listed, too (default: the context's)"),
    ...clusterOptions(),
    output('text', 'json'),
  ).argument('[name]', 'name of the profile to show')
  add(
    'validate',
    'check profiles, and show the file, line and column of each problem',
    () => import('./validate/run.ts'),
    filename('profiles').makeOptionMandatory(),
    recursive(),
    new Option(
      '--against-cluster',
      'also compare the profiles with the other profiles and the namespaces of the cluster, and apply them in a dry run',
    ),
    ...clusterOptions(),
    output('text', 'json', 'sarif', 'github'),
  )
  const fresh = program
    .command('new')
    .description('write a profile to start from')
    .addHelpText('after', examplesText('new'))
  addNewCommands(addTo(fresh, io, end))
  add(
    'test',
    'run test cases: folders with a manifest, its profiles, and what Pillion is expected to make of it',
    () => import('./test/run.ts'),
    profiles('the built-in catalog', 'profiles of cases that have none themselves: '),
    new Option(
      '--kubernetes-version <version>',
      'version of Kubernetes to test for; may be repeated (default: 1.34, and those for which a case has a file)',
    ).argParser(versions),
    new Option('--update', 'write what Pillion gives into expected.yaml where it differs'),
    new Option('--require-coverage', 'fail if no case uses a parameter or a branch of a profile'),
    output('text', 'json', 'junit'),
  ).argument('<directories...>', 'directories of test cases')
  add(
    'import',
    'print a file of another sidecar injector as profiles, and what becomes of each of its fields',
    () => import('./import/run.ts'),
    output('yaml', 'table', 'json'),
  )
    .addArgument(new Argument('<format>', 'format of the file').choices([...importFormats]))
    .argument('<file>', 'file to import, or - for stdin')
    .addHelpText(
      'after',
      '\nWith -o yaml, the table of fields goes to stderr. Exit code 1 if no valid profile can be made of the file.',
    )
  add(
    'reasons',
    'list the reasons of decisions, or explain one and what to do',
    () => import('./reasons/run.ts'),
  ).argument('[name]', 'name of the reason to explain')
  add(
    'doctor',
    'check the installation in a cluster, with a hint for each problem',
    () => import('./doctor/run.ts'),
    namespaceOption('namespace of the Pod that the check "dry run" sends (default: the context\'s)'),
    ...installationOptions(),
    ...clusterOptions(),
    output('text', 'json'),
  ).addHelpText(
    'after',
    '\nThe command changes nothing and uses your permissions. A check for which you lack a permission is unknown. Exit code 1 if something is broken.',
  )
  add(
    'status',
    'show the installation in a cluster: replicas, certificate, leader, workloads, profiles',
    () => import('./status/run.ts'),
    namespaceOption('namespace of the workloads and SidecarProfiles to show (default: all)'),
    new Option('-w, --watch', 'print each change, until nothing is broken or --timeout is over').conflicts(
      'output',
    ),
    new Option('--timeout <duration>', 'how long --watch waits, for example 90s or 5m')
      .argParser(durationMs)
      .default(300_000, '5m'),
    ...installationOptions(),
    ...clusterOptions(),
    output('text', 'json'),
  ).addHelpText('after', '\nExit code 1 if something is broken. `pillion doctor` then says what to do.')
  add(
    'sweep',
    'list workloads whose Pods lack what they requested or have an earlier revision, or that cannot create Pods',
    () => import('./sweep/run.ts'),
    namespaceOption("namespace of the Pods (default: the context's)"),
    new Option('-A, --all-namespaces', 'Pods of all namespaces').conflicts('namespace'),
    ...clusterOptions(),
    ...installationOptions(),
    profiles('those of the cluster'),
    output('text', 'wide', 'json'),
  ).addHelpText(
    'after',
    '\n-o wide prints a line for each Pod. The command changes nothing and uses your permissions. Exit code 1 if it finds something.',
  )
  const rollout = program
    .command('rollout')
    .description('show and control the rollout of a profile: status, history, undo, pause, promotion')
    .addHelpText('after', examplesText('rollout'))
  addRolloutCommands(addTo(rollout, io, end))
  add(
    'plan',
    'show what a new revision of profiles does to the Pods of the cluster, before it is applied',
    () => import('./plan/run.ts'),
    filename('profiles').makeOptionMandatory(),
    ...planOptions(),
  ).addHelpText('after', planHelp)
  add(
    'completion',
    'print the completion script of a shell, or of kubectl for its plugin',
    () => import('./completion/run.ts'),
  ).addArgument(new Argument('<shell>', 'name of the shell').choices([...shells]))
  add(
    'crds',
    'print the CustomResourceDefinitions of profiles, or update those of a cluster',
    () => import('./crds/run.ts'),
    new Option('--apply', 'apply them, and wait until they are established').conflicts('delete'),
    new Option('--delete', 'delete them, and every profile with them'),
    ...clusterOptions(),
  )
  add(
    'certificates',
    'revoke the CAs that the API server trusts for Pillion, if a key may have leaked',
    () => import('./certificates/run.ts'),
    new Option('--dry-run', 'only show what would be revoked, and check your permissions'),
    ...installationOptions(),
    ...clusterOptions(),
  )
    .addArgument(new Argument('<action>', 'what to do').choices(['revoke']))
    .addHelpText(
      'after',
      '\nNo request to Pillion fails meanwhile. Exit code 1 if a permission is missing, or if a revoked CA is still trusted.',
    )
  add(
    'version',
    'print the version of this program and, if there is a cluster, of Pillion and Kubernetes in it',
    () => import('./version/run.ts'),
    new Option('--client', 'only the version of this program'),
    ...installationOptions(),
    ...clusterOptions(),
    output('text', 'json'),
  )
  add(
    'demo',
    'start the webhook on loopback, send it Pods like an API server, and show its responses',
    () => import('./demo/run.ts'),
    new Option('-f, --filename <file>', 'manifest with the Pods (default: two examples)'),
    new Option('--profiles <directory>', 'directory of profiles (default: the built-in catalog)'),
  )
  add(
    'playground',
    'serve a page on loopback that shows what Pillion does with a manifest while you write it',
    () => import('./playground/run.ts'),
    new Option('--port <port>', 'port on 127.0.0.1; 0 takes a free one').argParser(port).default(8099),
    profiles(),
    namespaceOption("namespace whose SidecarProfiles the page has, too (default: the context's)"),
    ...clusterOptions(),
  )
  add(
    'serve',
    'run the admission webhook; each option can also be set by an environment variable',
    () => import('./serve/run.ts'),
    ...settings.map(({ flag, argument, description, variable, default: fallback }) => {
      const text = fallback === undefined ? '' : `, default ${fallback}`
      return new Option(`${flag} <${argument}>`, `${description} [${variable}${text}]`)
    }),
  )
  add(
    '__complete',
    'complete words for the completion scripts of shells',
    () => import('./completion/words.ts'),
  ).argument('[words...]')
}

/** The options of commands that decide about Pods as the webhook does. */
function decision(): readonly Option[] {
  return [
    new Option('--with <profiles>', 'profiles for workloads that request none themselves'),
    new Option(
      '--set <profile.parameter=value>',
      'value of a parameter that the Pod does not set itself; may be repeated',
    ).argParser(collect),
    profiles(),
    new Option(
      '--namespace-manifest <file>',
      'manifest of Namespaces, for their labels and annotations; may be repeated (default: those of the cluster)',
    ).argParser(collect),
    // The defaults are not set here, because they depend on whether there is a cluster.
    namespaceOption('namespace of workloads that name none (default: the context\'s, or "default")'),
    new Option(
      '--kubernetes-version <version>',
      "version of Kubernetes to decide for; native sidecars need 1.29 or later (default: the cluster's, or 1.34)",
    ).argParser(kubernetesVersion),
    ...clusterOptions(),
  ]
}

const profilesInForce = "the cluster's, or without a cluster the built-in catalog"

/** The options that name manifests. */
function manifests(): readonly Option[] {
  return [
    filename(),
    new Option('-k, --kustomize <directory>', 'kustomization that kubectl or kustomize renders'),
    recursive(),
  ]
}

function recursive(): Option {
  return new Option('-R, --recursive', 'also read the subdirectories of -f')
}

function inPlace(): Option {
  return new Option('-w, --in-place', 'replace the files instead of printing the manifests')
}

function filename(of: 'manifests' | 'profiles' = 'manifests'): Option {
  const description = `file or directory of ${of}, or - for stdin; may be repeated`
  return new Option('-f, --filename <file>', description).argParser(collect)
}

function profiles(fallback = profilesInForce, what = ''): Option {
  const description = `${what}file or directory of profiles, - for stdin, or catalog for the built-in ones; may be repeated (default: ${fallback})`
  return new Option('--profiles <file>', description).argParser(collect)
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new InvalidArgumentError('It must be a port: 0 to 65535.')
  return Number(value)
}

function versions(value: string, all: readonly string[] = []): readonly string[] {
  return [...all, kubernetesVersion(value)]
}

function kubernetesVersion(value: string): string {
  if (!/^v?\d+\.\d+/.test(value)) throw new InvalidArgumentError('It must be a version, for example 1.34.')
  return value
}

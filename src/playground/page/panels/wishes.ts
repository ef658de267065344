/** What people want when they need a profile of the catalog: "I want …". In groups by need, the most frequent ones first. */
export const needs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Logs: {
    'log-tail': "my app's log file in kubectl logs",
    'log-adapter': "my app's log file in kubectl logs, as JSON with fields",
    logging: "my app's log files in a log collector",
  },
  'Metrics and traces': {
    telemetry: "my app's traces, metrics and logs (OpenTelemetry) in a collector",
    'metrics-nginx': 'metrics of nginx in Prometheus',
    'metrics-redis': 'metrics of Redis in Prometheus',
    statsd: "my app's StatsD metrics in Prometheus",
  },
  'Before the app starts': {
    'wait-for': 'my app to start only when its database accepts connections',
    migrate: 'a command, such as a migration, to run before my app starts',
    'work-dir': 'a prepared directory that my containers share',
  },
  Configuration: {
    'init-config': 'a configuration file with values of the Pod',
    'config-updater': 'configuration files that change while my app runs',
  },
  Network: {
    proxy: 'to restrict and count the hosts that my app reaches',
    ambassador: 'TLS, retries and circuit breaking for one service',
  },
}

/** The sentences by profile. */
export const wishes: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(needs))

export interface Group<Item> {
  readonly title: string
  readonly items: readonly Item[]
}

/** Profiles in the order of the chooser: those that are requested, those of one's own, then the catalog by need. */
export function grouped<Item extends { readonly name: string; readonly isOwn: boolean }>(
  all: readonly Item[],
  requested: ReadonlySet<string>,
): readonly Group<Item>[] {
  const others = all.filter(({ name }) => !requested.has(name))
  const catalog = Object.entries(needs).map(([title, of]) => ({
    title,
    items: Object.keys(of).flatMap(name => others.filter(each => !each.isOwn && each.name === name)),
  }))
  const groups = [
    { title: 'Requested', items: all.filter(({ name }) => requested.has(name)) },
    { title: 'Your own profiles', items: others.filter(({ isOwn }) => isOwn) },
    ...catalog,
  ]
  return groups.filter(({ items }) => items.length > 0)
}

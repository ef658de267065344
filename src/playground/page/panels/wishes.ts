/** What people want when they need a profile of the catalog: "I want …". */
export const wishes: Readonly<Record<string, string>> = {
  'log-tail': "my app's log file in kubectl logs",
  'log-adapter': "my app's log file in kubectl logs, as JSON with fields",
  logging: "my app's log files in a log collector",
  telemetry: "my app's traces, metrics and logs (OpenTelemetry) in a collector",
  statsd: "my app's StatsD metrics in Prometheus",
  'metrics-nginx': 'metrics of nginx in Prometheus',
  'metrics-redis': 'metrics of Redis in Prometheus',
  proxy: 'to restrict and count the hosts that my app reaches',
  ambassador: 'TLS, retries and circuit breaking for one service',
  'init-config': 'a configuration file with values of the Pod',
  'config-updater': 'configuration files that change while my app runs',
  'wait-for': 'my app to start only when its database accepts connections',
  migrate: 'a command, such as a migration, to run before my app starts',
  'work-dir': 'a prepared directory that my containers share',
}

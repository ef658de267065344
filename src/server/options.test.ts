import { describe, expect, it } from 'vitest'
import { readOptions, settings } from './options.ts'

const files = { tlsCert: 'tls.crt', tlsKey: 'tls.key' }

describe('settings', () => {
  it('gives every setting a flag and the variable of the same name', () => {
    const setting = settings.find(({ name }) => name === 'drainDelayMs')
    expect(setting).toMatchObject({
      flag: '--drain-delay-ms',
      variable: 'PILLION_DRAIN_DELAY_MS',
      argument: 'MS',
      default: '5000',
    })
  })

  it('has only defaults that its own checks accept', () => {
    expect(readOptions(files, {})).toHaveProperty('options')
  })
})

describe('readOptions', () => {
  it('fills in the defaults', () => {
    expect(readOptions(files, {})).toEqual({
      options: {
        ...files,
        host: '::',
        port: 8443,
        metricsPort: 9090,
        logLevel: 'info',
        drainDelayMs: 5000,
        reloadIntervalMs: 2000,
        excludedNamespaces: ['kube-system', 'kube-node-lease'],
        cluster: 'auto',
        name: 'pillion',
        proveProfiles: true,
        profilesPerNamespace: 50,
        sweepIntervalMs: 600_000,
        sweepEvict: 'none',
        sweepEvictionsPerMinute: 10,
        rollout: false,
        rolloutParallelPods: 10,
        rolloutPodsPerMinute: 60,
      },
    })
  })

  it.each([
    { flag: '1', variable: '2', port: 1, why: 'a flag wins over its variable' },
    { flag: undefined, variable: '2', port: 2, why: 'a variable wins over the default' },
    { flag: undefined, variable: '', port: 8443, why: 'an empty variable says nothing' },
    {
      flag: undefined,
      variable: 'tcp://10.96.0.7:443',
      port: 8443,
      why: 'what Kubernetes puts there for a Service named pillion is not ours',
    },
  ])('$why', ({ flag, variable, port }) => {
    expect(readOptions({ ...files, port: flag }, { PILLION_PORT: variable })).toMatchObject({
      options: { port },
    })
  })

  it('reports all bad values at once, each with its flag or variable and what is allowed', () => {
    const values = { port: '70000', logLevel: 'loud', host: 'localhost', profiles: '', proveProfiles: 'yes' }
    const environment = {
      PILLION_DRAIN_DELAY_MS: '5s',
      PILLION_KUBERNETES_VERSION: 'v1.34.0',
      PILLION_EXCLUDED_NAMESPACES: 'kube-system,Ops',
      PILLION_TLS_KEY: 'tls.key',
    }
    expect(readOptions(values, environment)).toEqual({
      problems: [
        '--profiles: "" is not a path',
        '--host: "localhost" is not an IP address',
        '--port: "70000" is not a whole number from 0 to 65535',
        '--log-level: "loud" is not one of fatal, error, warn, info, debug, trace, silent',
        'PILLION_DRAIN_DELAY_MS: "5s" is not a whole number from 0 to 300000',
        'PILLION_KUBERNETES_VERSION: "v1.34.0" is not MAJOR.MINOR, as in 1.34',
        'PILLION_EXCLUDED_NAMESPACES: "kube-system,Ops" is not a comma-separated list of namespace names',
        '--prove-profiles: "yes" is not one of true, false',
        '--tls-cert and --tls-key belong together: set both or neither',
      ],
    })
  })
})

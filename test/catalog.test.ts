import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { decide } from '../src/engine/decide.ts'
import type { Container, Pod } from '../src/engine/pod.ts'
import { describe as describeProblem } from '../src/problems/problem.ts'
import { readProfiles } from '../src/server/profile-directory.ts'

const root = join(import.meta.dirname, '..')
const catalog = await readProfiles(join(root, 'catalog'))

describe('the catalog', () => {
  const files = readdirSync(join(root, 'catalog')).filter(name => name.endsWith('.yaml'))

  it('is accepted as a whole', () => {
    expect(catalog.problems.map(describeProblem)).toEqual([])
  })

  it('has a file for each profile, named for it', () => {
    const names = files.map(file => basename(file, '.yaml')).sort()
    expect(catalog.profiles.all.map(({ name }) => name)).toEqual(names)
  })

  it.each(
    catalog.profiles.all.flatMap(({ name, parameters }) =>
      Object.entries(parameters).flatMap(([key, declared]) =>
        declared.pattern === undefined ? [] : [{ parameter: `${name}.${key}`, declared }],
      ),
    ),
  )('shows a valid value of $parameter, whose pattern says little to people', ({ declared }) => {
    expect(declared.example || declared.default, 'add an example').toBeTruthy()
  })

  it('is what deploy/ installs', () => {
    const [kustomization] = parseAllDocuments(readFileSync(join(root, 'catalog/Kustomization'), 'utf8'))
    expect(kustomization?.toJS(), 'run npm run generate').toMatchObject({ resources: files.sort() })
  })
})

describe.each(readdirSync(join(root, 'examples')).filter(name => name.endsWith('.yaml')))(
  'examples/%s',
  file => {
    const workload = parseAllDocuments(
      readFileSync(join(root, 'examples', file), 'utf8'),
    )[0]?.toJS() as Workload
    const pod = workload.kind === 'Pod' ? workload : workload.spec.template
    const namespace = { name: 'default', labels: {}, annotations: {} }
    const decision = decide({ pod, namespace, operation: 'CREATE' }, catalog.profiles, {
      kubernetesVersion: '1.34',
      excludedNamespaces: new Set(),
    })

    it('gets what it asks for, without a warning', () => {
      expect(decision).toMatchObject({ outcome: 'injected', warnings: [] })
    })

    it('gets only containers that may run where restricted Pods may, and say what they need', () => {
      const added = decision.patch
        .flatMap(({ path, value }) =>
          /^\/spec\/(initContainers|containers)(\/|$)/.test(path) ? ([value].flat() as Container[]) : [],
        )
        .filter(({ image }) => image !== undefined)
      expect(added.length).toBeGreaterThan(0)
      for (const container of added) {
        const rule = `in catalog/, container ${container.name} needs the securityContext and resources of catalog/log-tail.yaml`
        expect(container, rule).toMatchObject(restricted)
      }
    })
  },
)

type Workload = (Pod & { kind: 'Pod' }) | { kind: 'Deployment' | 'Job'; spec: { template: Pod } }

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const restricted = {
  securityContext: {
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  resources: {
    requests: { cpu: expect.any(String), memory: expect.any(String) },
    limits: { cpu: expect.any(String), memory: expect.any(String) },
  },
}

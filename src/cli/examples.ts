/** Examples for the help of each command: what the line does, and the line. */
export const examples: Readonly<Record<string, readonly (readonly [what: string, line: string])[]>> = {
  inject: [
    ['Show what the webhook would change', 'pillion inject -f deploy.yaml -o diff'],
    [
      'Apply the manifests of a directory with their sidecars',
      'pillion inject -R -f deploy/ | kubectl apply -f -',
    ],
    [
      'Inject a profile that the manifest does not request',
      'pillion inject -f pod.yaml --with log-tail --set log-tail.path=/logs',
    ],
    ['Replace the file', 'pillion inject -w -f deploy.yaml'],
    [
      'Use the built-in catalog instead of the profiles of the cluster',
      'pillion inject -k overlays/prod --profiles catalog',
    ],
  ],
  uninject: [['Remove what pillion inject added to a file', 'pillion uninject -w -f deploy.yaml']],
  explain: [
    ['Explain why the Pods of a Deployment have a sidecar or not', 'pillion explain deploy/web -n shop'],
    ['Explain a manifest before it is applied', 'pillion explain -f deploy.yaml'],
    [
      'Draw the Pods of one Deployment of a manifest',
      'pillion explain -f app.yaml deploy/web -o svg > web.svg',
    ],
    [
      'Explain a manifest for an older cluster',
      'pillion explain -f job.yaml --profiles catalog --kubernetes-version 1.28',
    ],
  ],
  profiles: [
    ['List the profiles that Pods of a namespace can request', 'pillion profiles -n shop'],
    ['Show the parameters of a profile', 'pillion profiles log-tail'],
    ['Show a profile of the built-in catalog', 'pillion profiles log-tail --profiles catalog'],
  ],
  playground: [
    ['Try manifests with the profiles of the cluster', 'pillion playground'],
    ['Try manifests with profiles of a directory', 'pillion playground --profiles profiles/'],
  ],
  reasons: [
    ['List the reasons', 'pillion reasons'],
    ['Explain a reason, and what to do', 'pillion reasons UnknownProfile'],
  ],
  validate: [
    ['Check a directory of profiles', 'pillion validate -f profiles/'],
    [
      'Also check the profiles against a cluster',
      'pillion validate -f profiles/ --against-cluster --context prod',
    ],
    ['Annotate a pull request in GitHub Actions', 'pillion validate -f profiles/ -o github'],
  ],
  new: [['Write a profile for an image', 'pillion new profile shipper --image example.com/shipper:1.4']],
  'new profile': [
    ['Write a profile for an image', 'pillion new profile shipper --image example.com/shipper:1.4'],
    [
      'Make a profile of a container that a Deployment has already',
      'pillion new profile shipper --from-container shipper -f deploy.yaml',
    ],
  ],
  test: [
    ['Run the test cases below a directory', 'pillion test tests/'],
    ['Write what Pillion gives now; review it with git diff', 'pillion test tests/ --update'],
    [
      'Test for two versions of Kubernetes',
      'pillion test tests/ --kubernetes-version 1.28 --kubernetes-version 1.34',
    ],
  ],
  import: [
    ['Import a SidecarSet of OpenKruise', 'pillion import sidecarset agents.yaml > profile.yaml'],
    ['Show only what becomes of each field', 'pillion import tumblr sidecar.yaml -o table'],
  ],
  doctor: [
    ['Check the installation in the cluster of the context', 'pillion doctor'],
    ['Check another cluster', 'pillion doctor --context prod'],
  ],
  certificates: [
    ['Show what a revocation would do', 'pillion certificates revoke --dry-run'],
    ['Revoke the CAs after a key has leaked', 'pillion certificates revoke'],
  ],
  status: [
    ['Show the installation in the cluster of the context', 'pillion status'],
    ['Wait until the installation works, for two minutes at most', 'pillion status --watch --timeout 2m'],
  ],
  sweep: [
    ['List the workloads of a namespace that lack something', 'pillion sweep -n shop'],
    ['List the Pods of all namespaces that lack something', 'pillion sweep -A -o wide'],
  ],
  rollout: [
    ['Wait until a rollout is over, for ten minutes at most', 'pillion rollout status logging --timeout 10m'],
    ['Go back to the revision before', 'pillion rollout undo logging'],
  ],
  'rollout status': [
    ['Wait until the rollout is over', 'pillion rollout status logging'],
    [
      'Show how far the rollout of a SidecarProfile is',
      'pillion rollout status web-logs -n shop --watch=false',
    ],
  ],
  'rollout history': [
    ['List the kept revisions', 'pillion rollout history logging'],
    ['Print a revision as a manifest', 'pillion rollout history logging --revision 3f2a91c0de -o yaml'],
  ],
  'rollout undo': [
    ['Show what going back would change', 'pillion rollout undo logging --dry-run=client'],
    ['Go back to a revision', 'pillion rollout undo logging --to-revision 3f2a91c0de'],
  ],
  'rollout pause': [['Pause the rollout', 'pillion rollout pause logging']],
  'rollout resume': [['Go on after a pause or a failure', 'pillion rollout resume logging']],
  'rollout promote': [
    ['Give the new revision to all workloads', 'pillion rollout promote logging'],
    ['Go on to the third step', 'pillion rollout promote logging --to-step 3'],
  ],
  'rollout plan': [['Show what the rollout does to each workload', 'pillion rollout plan logging -o wide']],
  plan: [
    ['Show what a new revision does to the Pods, before it is applied', 'pillion plan -f profile.yaml'],
    ['The same for each workload', 'pillion plan -f profile.yaml -o wide'],
  ],
  completion: [
    ['Turn on completion in this bash', 'source <(pillion completion bash)'],
    ['Turn on completion in this fish', 'pillion completion fish | source'],
  ],
  crds: [
    ['Update the CRDs of a cluster', 'pillion crds --apply'],
    ['Print the CRDs', 'pillion crds'],
  ],
  version: [
    ['Print the versions of this program and of the cluster', 'pillion version'],
    ['Print only the version of this program', 'pillion version --client'],
  ],
  demo: [['Run the webhook without a cluster, and show its responses', 'pillion demo']],
  serve: [
    [
      'Run the webhook with the built-in catalog',
      'pillion serve --cluster=false --tls-cert tls.crt --tls-key tls.key',
    ],
  ],
}

/** The text for the help of a command; empty if it has no example. */
export function examplesText(name: string): string {
  const lines = (examples[name] ?? []).flatMap(([what, line]) => [`  # ${what}`, `  ${line}`])
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`
}

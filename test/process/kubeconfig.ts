interface Wishes {
  /** `https://127.0.0.1:6443` */
  readonly server: string
  /** In PEM. Without one, the certificate of the server is not verified: a proxy on this machine has none. */
  readonly ca?: string
  /** Without one, the requests are anonymous. */
  readonly token?: string
  readonly namespace?: string
}

/** A kubeconfig with one context, as text. */
export function kubeconfigText({ server, ca, token, namespace }: Wishes): string {
  const trust = ca
    ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
    : { 'insecure-skip-tls-verify': true }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tested',
    clusters: [{ name: 'tested', cluster: { server, ...trust } }],
    users: [{ name: 'tested', user: { ...(token && { token }) } }],
    contexts: [
      { name: 'tested', context: { cluster: 'tested', user: 'tested', ...(namespace && { namespace }) } },
    ],
  })
}

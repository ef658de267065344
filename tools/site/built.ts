import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'

/**
 * What is wrong with a built site, one sentence for each problem: a link or an anchor that leads nowhere, and something
 * that a page or a style sheet loads from another host. `base` is the path below which the site is served.
 */
export function problemsOf(site: string, base: string): string[] {
  const anchors = new Map<string, ReadonlySet<string>>()
  const texts = (pattern: string) =>
    globSync(pattern, { cwd: site }).map(file => ({ file, text: readFileSync(join(site, file), 'utf8') }))
  const pages = texts('**/*.html')
  for (const { file, text } of pages) anchors.set(file, new Set(valuesOf(text, 'id')))
  return [
    ...pages.flatMap(({ file, text }) => [
      ...foreign(file, [...loadedBy(text), ...urlsIn(text)]),
      ...deadLinks(file, text),
    ]),
    ...texts('**/*.{css,svg}').flatMap(({ file, text }) => foreign(file, urlsIn(text))),
  ]

  function deadLinks(file: string, text: string): string[] {
    const links = [...new Set([...valuesOf(text, 'href'), ...valuesOf(text, 'src')])].filter(
      link => !/^([a-z]+:|\/\/)/.test(link),
    )
    const pictures = (text.match(/<img\b[^>]*>/g) ?? []).flatMap(tag => valuesOf(tag, 'src'))
    return links.flatMap(link => {
      const [path = '', anchor = ''] = link.split('#')
      const target = path === '' ? file : fileOf(file, path)
      if (!target) return [`${file}: the link ${link} leads nowhere`]
      if (target.endsWith('.html') && pictures.includes(link)) return [`${file}: ${link} is no picture`]
      // The fragment of the playground is not an anchor: it holds a manifest.
      const ids = target.startsWith('playground/') ? undefined : anchors.get(target)
      const isDead = anchor !== '' && ids && !ids.has(decodeURIComponent(anchor))
      return isDead ? [`${file}: ${target} has no anchor #${anchor}`] : []
    })
  }

  function fileOf(from: string, link: string): string | undefined {
    const path = decodeURIComponent(link.split('?')[0] ?? '')
    if (path.startsWith('/') && !path.startsWith(base)) return undefined
    const target = path.startsWith('/') ? path.slice(base.length) : join(dirname(from), path)
    const found = [target, join(target, 'index.html'), `${target}.html`]
    return found.find(each => existsSync(join(site, each)) && statSync(join(site, each)).isFile())
  }
}

function foreign(file: string, loaded: readonly string[]): string[] {
  return loaded.filter(url => /^(https?:)?\/\//.test(url)).map(url => `${file} loads ${url}`)
}

/** What a browser loads by itself. */
function loadedBy(html: string): string[] {
  const tags = html.match(/<(?:script|img|iframe|source|video|audio|embed|object|link)\b[^>]*>/g) ?? []
  return tags.flatMap(tag => ['src', 'srcset', 'href', 'data'].flatMap(name => valuesOf(tag, name)))
}

function urlsIn(css: string): string[] {
  return [...css.matchAll(/(?:url\(|@import\s+)["']?([^"')\s]+)/g)].map(([, url = '']) => url)
}

function valuesOf(html: string, attribute: string): string[] {
  const found = html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))
  return [...found].map(([, value = '']) => value.replaceAll('&amp;', '&'))
}

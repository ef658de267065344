/** Wires a tablist of index.html as the ARIA Authoring Practices say: arrow keys move and activate; one tab is in the Tab order. */
export function wireTabs<Name extends string>(
  tablist: HTMLElement,
  choose: (name: Name) => void,
): { show(name: Name): void } {
  const tabs = [...tablist.querySelectorAll<HTMLElement>('[role=tab]')]
  const nameOf = (tab: HTMLElement) => tab.dataset['name'] as Name
  const panelOf = (tab: HTMLElement) => document.getElementById(tab.getAttribute('aria-controls') ?? '')

  for (const tab of tabs) tab.onclick = () => choose(nameOf(tab))
  tablist.onkeydown = event => {
    const at = tabs.indexOf(event.target as HTMLElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (at < 0 || to === undefined) return
    event.preventDefault()
    const tab = tabs[(to + tabs.length) % tabs.length]
    if (!tab) return
    choose(nameOf(tab))
    tab.focus()
  }
  return {
    show: name => {
      for (const tab of tabs) {
        const isShown = nameOf(tab) === name
        tab.ariaSelected = String(isShown)
        tab.tabIndex = isShown ? 0 : -1
        panelOf(tab)?.toggleAttribute('hidden', !isShown)
      }
    },
  }
}

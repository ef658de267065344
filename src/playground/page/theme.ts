// Runs before the first paint, so that the page does not flash in the other theme.

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'pillion-playground-theme'

/** The theme that somebody chose in this browser. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key)
    return themes.find(theme => theme === stored) ?? 'system'
  } catch {
    // The browser keeps nothing for this page.
    return 'system'
  }
}

export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(key, theme)
  } catch {
    // It lasts until the page is closed.
  }
}

document.documentElement.dataset['theme'] = storedTheme()

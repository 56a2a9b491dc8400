// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import { applyTheme, setLanguageCookie, themeOf } from '../../../src/client/settings/appearance.ts'
import SettingsDialog from '../../../src/client/settings/SettingsDialog.vue'
import { openSettings, type Settings } from '../../../src/client/settings/settings.ts'
import type { ServerRole } from '../../../src/shared/protocol/types.ts'
import { fakePage, provided } from '../support/fake-page.ts'
import { inEnglish } from '../support/in-english.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  localStorage.clear()
  delete document.documentElement.dataset.theme
})

describe('settings', () => {
  it('send with Enter, and have no sound or notifications by default', () => {
    expect(openSettings()).toEqual({ enterSends: true, opensAtEnd: false, sound: false, notify: false })
  })

  it('are stored and loaded', async () => {
    openSettings().sound = true
    await nextTick()
    expect(openSettings()).toEqual({ enterSends: true, opensAtEnd: false, sound: true, notify: false })
  })

  it('that two tabs change do not overwrite each other', async () => {
    const [here, there] = [openSettings(), openSettings()]
    here.sound = true
    await nextTick()
    there.enterSends = false
    await nextTick()
    expect(openSettings()).toEqual({ enterSends: false, opensAtEnd: false, sound: true, notify: false })
  })

  it('follow a change in another tab, and do not store it again', async () => {
    const settings = openSettings()
    localStorage.setItem('teahouse-settings', '{"sound":true}')
    window.dispatchEvent(new StorageEvent('storage', { key: 'teahouse-settings' }))
    expect(settings).toEqual({ enterSends: true, opensAtEnd: false, sound: true, notify: false })
    localStorage.setItem('teahouse-settings', '{"sound":false}')
    await nextTick()
    expect(localStorage.getItem('teahouse-settings')).toBe('{"sound":false}')
    window.dispatchEvent(new StorageEvent('storage', { key: 'teahouse-draft-1-lobby' }))
    expect(settings.sound).toBe(true)
    window.dispatchEvent(new StorageEvent('storage', { key: null }))
    expect(settings.sound).toBe(false)
  })

  it('have their defaults when storage has invalid content', () => {
    for (const kept of ['{', '[]', 'null', '{"sound":"yes","other":true}']) {
      localStorage.setItem('teahouse-settings', kept)
      expect(openSettings()).toEqual({ enterSends: true, opensAtEnd: false, sound: false, notify: false })
    }
  })
})

describe('theme', () => {
  it('applies at once, and is stored for the server', () => {
    applyTheme('dark', document)
    expect(themeOf(document)).toBe('dark')
    expect(document.cookie).toContain('theme=dark')
    applyTheme('light', document)
    expect(themeOf(document)).toBe('light')
    expect(document.cookie).toContain('theme=light')
  })

  it('follows the system without a choice', () => {
    applyTheme('dark', document)
    applyTheme('system', document)
    expect(themeOf(document)).toBe('system')
    expect(document.cookie).not.toMatch(/theme=\w/)
  })
})

it('language › is stored for the server', () => {
  setLanguageCookie('zh', document)
  expect(document.cookie).toContain('language=zh')
})

describe('settings dialog', () => {
  function show(some: Partial<Settings> = {}, role: ServerRole = 'member') {
    const settings = Object.assign(openSettings(), some)
    const page = { ...fakePage(), settings }
    const chat = { role: shallowRef(role) }
    const wrapper = mount(SettingsDialog, {
      global: { provide: { ...inEnglish.provide, [chatKey as symbol]: chat, ...provided(page) } },
      attachTo: document.body,
    })
    const box = (label: string) =>
      wrapper
        .findAll('label')
        .find((one) => one.text() === label)
        ?.get<HTMLInputElement>('input') ?? expect.fail(label)
    return { wrapper, page, settings, box }
  }

  it('changes the theme at once', async () => {
    const { box } = show()
    expect(box('System').element.checked).toBe(true)
    await box('Dark').setValue(true)
    expect(document.documentElement.dataset.theme).toBe('dark')
  })

  it('reloads the page for another language, and not for the same', async () => {
    const { wrapper } = show()
    const reload = vi.spyOn(location, 'reload').mockImplementation(() => {})
    const [english, chinese] = wrapper.findAll('button[lang]')
    expect(english?.attributes('aria-pressed')).toBe('true')
    await english?.trigger('click')
    expect(reload).not.toHaveBeenCalled()
    await chinese?.trigger('click')
    expect(document.cookie).toContain('language=zh')
    expect(reload).toHaveBeenCalledOnce()
  })

  it('says what Enter does', async () => {
    const { wrapper, settings, box } = show()
    expect(wrapper.text()).toContain('Shift+Enter: new line')
    await box('Press Enter to send').setValue(false)
    expect(settings.enterSends).toBe(false)
    expect(wrapper.text()).toContain('Enter: new line. Ctrl+Enter: send')
  })

  it('leads to the notifications and to the shortcuts', async () => {
    const { wrapper, page } = show()
    await wrapper.get('button.dialog-action').trigger('click')
    await wrapper.get('.dialog-more').trigger('click')
    expect(page.openDialog.mock.calls).toEqual([[{ type: 'notifications' }], [{ type: 'shortcuts' }]])
  })

  it('links to the account, asks guests to claim their name, and links admins to the admin pages', () => {
    const linksFor = (role: ServerRole) => {
      const { wrapper } = show({}, role)
      const links = wrapper.findAll('a').map((link) => [link.attributes('href'), link.text()])
      wrapper.unmount()
      return links
    }
    expect(linksFor('guest')).toEqual([['/account', 'Claim your name']])
    expect(linksFor('member')).toEqual([['/account', 'Your account']])
    expect(linksFor('admin')).toEqual([
      ['/account', 'Your account'],
      ['/admin', 'Administration'],
    ])
  })
})

// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import NotificationsDialog from '../../../src/client/notifications/NotificationsDialog.vue'
import { type Asked, askPermission, permissionOf } from '../../../src/client/notifications/notification-permission.ts'
import type { NotificationsFrame } from '../../../src/shared/protocol/frames.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { FakePush } from '../support/fake-push.ts'
import { li } from '../support/fakes.ts'
import { notificationSettings, serverKey, subscriber } from '../support/notification-settings.ts'

beforeEach(() => document.body.replaceChildren())
afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

describe('notification permission', () => {
  function browser(permission: NotificationPermission, answer = permission): Asked & { asks: () => number } {
    const requestPermission = vi.fn(async () => answer)
    return {
      isSecureContext: true,
      Notification: { permission, requestPermission },
      asks: () => requestPermission.mock.calls.length,
    }
  }

  it('is requested only when it was not decided', async () => {
    const open = browser('default', 'granted')
    expect(permissionOf(open)).toBe('not-asked')
    expect(open.asks()).toBe(0)
    expect(await askPermission(open)).toBe('granted')
    expect(open.asks()).toBe(1)
    const refused = browser('denied')
    expect(await askPermission(refused)).toBe('refused')
    expect(refused.asks()).toBe(0)
  })

  it('is unavailable over plain http and without notifications', async () => {
    expect(await askPermission({ ...browser('default'), isSecureContext: false })).toBe('insecure')
    expect(await askPermission({ isSecureContext: true })).toBe('unknown')
  })
})

/** The dialog, as the server has answered it. */
async function show(some: Partial<NotificationsFrame> | null = {}, page = {}) {
  const fixture = new DialogFixture({}, page)
  const shown = fixture.show(NotificationsDialog)
  if (some) await fixture.hears(notificationSettings(some))
  const { wrapper } = shown
  const box = (label: string) =>
    wrapper
      .findAll('label')
      .find((one) => one.text() === label)
      ?.get<HTMLInputElement>('input') ?? expect.fail(label)
  const answer = (type: string, some: Partial<NotificationsFrame>) => fixture.answer(type, notificationSettings(some))
  return { fixture, answer, box, ...shown, text: () => wrapper.text() }
}

const [push, sound, notify] = ['Also when no page is open', 'Play a soft sound', 'Show notifications']

describe('notifications dialog › in this browser', () => {
  it('asks for the permission when notifications are turned on, and not before', async () => {
    const browser = new FakePush('default', 'granted')
    const { fixture, box } = await show()
    expect(browser.asks).toBe(0)
    await box(notify).setValue(true)
    await expect.poll(() => fixture.page.settings.notify).toBe(true)
    expect(browser.asks).toBe(1)
    await box(notify).setValue(false)
    await expect.poll(() => fixture.page.settings.notify).toBe(false)
    await box(sound).setValue(true)
    expect(fixture.page.settings.sound).toBe(true)
  })

  it('says so when the browser refuses', async () => {
    new FakePush('default', 'denied')
    const { fixture, text, box } = await show()
    expect(text()).not.toContain('are blocked')
    await box(push).setValue(true)
    await expect.poll(text).toContain('are blocked')
    expect(text().match(/are blocked/g), 'said once').toHaveLength(1)
    expect(fixture.sent('push-subscribe')).toBeUndefined()
    expect(box(push).element).toMatchObject({ checked: false, disabled: true })
  })

  it('says so where the page did not come over https', async () => {
    new FakePush()
    vi.stubGlobal('isSecureContext', false)
    const { text, box } = await show()
    expect(text()).toContain('need HTTPS')
    expect(text()).toContain('begins with https://')
    expect([notify, push].map((name) => box(name).element.disabled)).toEqual([true, true])
  })

  it('says what the operator has to do where the server cannot push', async () => {
    new FakePush()
    const { text, box } = await show({ push: { available: false, key: serverKey, reason: 'no-origin' } })
    expect(text()).toContain('PUBLIC_ORIGIN')
    expect(box(push).element.disabled).toBe(true)
  })

  it('asks nothing of the server in a session that is not verified', async () => {
    new FakePush()
    const { fixture, text, box, wrapper } = await show(null, { isVerified: false })
    expect(fixture.sent('notifications')).toBeUndefined()
    expect(text()).toContain('claim it or sign in')
    expect(box(push).element.disabled).toBe(true)
    expect(wrapper.findAll('form')).toHaveLength(0)
  })

  it('subscribes this browser, and unsubscribes it', async () => {
    const browser = new FakePush('default', 'granted')
    const { fixture, answer, box, text } = await show()
    await box(push).setValue(true)
    await expect.poll(() => fixture.sent('push-subscribe')).toMatchObject({ language: 'en' })
    await answer('push-subscribe', { subscriptions: [subscriber()] })
    await expect.poll(() => box(push).element.checked).toBe(true)
    expect(browser.asks).toBe(1)
    expect(text()).toContain('gets notifications from the server')
    await box(push).setValue(false)
    await expect.poll(() => fixture.sent('push-unsubscribe')).toMatchObject({ id: 3 })
    await answer('push-unsubscribe', {})
    expect([browser.subscription, box(push).element.checked]).toEqual([undefined, false])
  })

  it('says that the push service cannot be reached, or why the server refuses', async () => {
    const browser = new FakePush()
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    browser.isReachable = false
    const { fixture, box, fault, wrapper } = await show()
    await box(push).setValue(true)
    await expect.poll(() => wrapper.find('[role=alert]').exists()).toBe(true)
    expect(fault()).toContain('push service couldn’t be reached')
    expect(box(push).element.checked).toBe(false)
    browser.isReachable = true
    await box(push).setValue(true)
    await expect.poll(() => fixture.sent('push-subscribe')).toBeDefined()
    await fixture.refuse('push-subscribe', 'forbidden')
    await expect.poll(fault).toContain('permission')
    expect([browser.subscription, box(push).element.checked]).toEqual([undefined, false])
  })
})

describe('notifications dialog › what the user hears of', () => {
  beforeEach(() => void new FakePush())

  it('is saved at once, and shows what another device has changed', async () => {
    const { fixture, answer, box, choose } = await show()
    await choose('Nothing')
    expect(fixture.sent('set-notifications')).toMatchObject({ level: 'nothing' })
    await answer('set-notifications', { level: 'nothing' })
    await box('Show the text of messages').setValue(false)
    expect(fixture.sent('set-notifications')).toMatchObject({ showsText: false })
    await answer('set-notifications', { level: 'nothing', showsText: false })
    await fixture.hears(notificationSettings({ level: 'all' }))
    expect([box('All').element.checked, box('Show the text of messages').element.checked]).toEqual([true, true])
  })

  it('has keywords, which are checked before they are sent', async () => {
    const { fixture, answer, wrapper, press } = await show({ keywords: ['tea', 'oolong'] })
    const field = wrapper.get<HTMLInputElement>('#keywords')
    const faultOf = async (words: string) => {
      await field.setValue(words)
      await press('Save')
      return wrapper.find('#keywords-fault').text()
    }
    expect(field.element.value).toBe('tea, oolong')
    expect(await faultOf('!!')).toBe('“!!” has no letter or digit.')
    expect(await faultOf('w'.repeat(41))).toContain('longer than 40 characters')
    expect(await faultOf(Array.from({ length: 21 }, (_, i) => `w${i}`).join())).toBe(
      'You can have at most 20 keywords.',
    )
    expect(fixture.sent('set-notifications')).toBeUndefined()
    await field.setValue(' green tea， 龙井、龙井 ,')
    await press('Save')
    expect(fixture.sent('set-notifications')).toMatchObject({ keywords: ['green tea', '龙井'] })
    await answer('set-notifications', { keywords: ['green tea', '龙井'] })
    expect([field.element.value, wrapper.find('#keywords-fault').exists()]).toEqual(['green tea, 龙井', false])
    expect(wrapper.text()).toContain('Saved')
  })
})

describe('notifications dialog › quiet hours', () => {
  beforeEach(() => void new FakePush())
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

  it('are turned on with the time zone of the device, which can be changed', async () => {
    const { fixture, answer, box, wrapper } = await show({ timeZone: 'Asia/Tokyo' })
    expect(wrapper.find('#quiet-from').exists()).toBe(false)
    await box('No notifications at certain hours').setValue(true)
    const quiet = { from: '22:00', to: '07:00' }
    expect(fixture.sent('set-notifications')).toMatchObject({ quiet, timeZone: zone })
    await answer('set-notifications', { quiet, timeZone: zone })
    expect(wrapper.get<HTMLSelectElement>('#quiet-zone').element.value).toBe(zone)
    await wrapper.get('#quiet-to').setValue('08:30')
    expect(fixture.sent('set-notifications')).toMatchObject({ quiet: { from: '22:00', to: '08:30' }, timeZone: zone })
    await answer('set-notifications', { quiet: { from: '22:00', to: '08:30' }, timeZone: zone })
    await wrapper.get('#quiet-zone').setValue('Asia/Tokyo')
    expect(fixture.sent('set-notifications')).toMatchObject({ timeZone: 'Asia/Tokyo' })
    await answer('set-notifications', { quiet, timeZone: 'Asia/Tokyo' })
    await box('No notifications at certain hours').setValue(false)
    expect(fixture.sent('set-notifications')).toMatchObject({ quiet: null })
  })

  it('need a start and a different end', async () => {
    const { fixture, wrapper, fault } = await show({ quiet: { from: '22:00', to: '07:00' } })
    await wrapper.get('#quiet-from').setValue('07:00')
    expect(fault()).toContain('different start and end')
    expect(wrapper.get<HTMLInputElement>('#quiet-from').element.value).toBe('22:00')
    expect(fixture.sent('set-notifications')).toBeUndefined()
  })
})

describe('notifications dialog › browsers', () => {
  const other = subscriber({ id: 8, browser: 'Safari · iOS', lastUsed: 1_700_000_000_000 })
  const { current: _, ...elsewhere } = other

  it('are listed, with the one in use and what has failed', async () => {
    new FakePush()
    const lastError = { at: 1_800_000_000_000, reason: 'refused', status: 403 } as const
    const { wrapper } = await show({ subscriptions: [subscriber(), { ...elsewhere, lastError }] })
    const [first, second] = wrapper.findAll('section li').map((one) => one.text())
    expect(first).toMatch(/^Firefox · Linux\s*this browser/)
    expect(second).toMatch(/^Safari · iOS/)
    expect(second).not.toContain('this browser')
    expect(second).toContain('refused the message (status 403)')
  })

  it.for([
    ['sent', 'appears within a few seconds'],
    ['gone', 'has ended this subscription'],
    ['unreachable', 'couldn’t reach the push service'],
  ] as const)('are tested, and it is said what happened: %s', async ([result, said]) => {
    new FakePush()
    const { fixture, answer, press, text } = await show({ subscriptions: [elsewhere] })
    await press('Test Safari · iOS')
    expect(fixture.sent('push-test')).toMatchObject({ id: 8 })
    await answer('push-test', { subscriptions: [elsewhere], tested: { id: 8, result } })
    expect(text()).toContain(said)
  })

  it('can be removed: this one is unsubscribed too, another one is not', async () => {
    const browser = new FakePush()
    browser.subscribed(li.id)
    const { fixture, answer, press, wrapper } = await show({ subscriptions: [subscriber(), elsewhere] })
    await press('Remove Safari · iOS')
    expect(fixture.sent('push-unsubscribe')).toMatchObject({ id: 8 })
    await answer('push-unsubscribe', { subscriptions: [subscriber()] })
    expect(browser.subscription).toBeDefined()
    expect(document.activeElement?.id, 'the button with the focus is gone').toBe('browsers-title')
    await press('Remove Firefox · Linux')
    await expect.poll(() => fixture.sent('push-unsubscribe')).toMatchObject({ id: 3 })
    await answer('push-unsubscribe', {})
    expect([browser.subscription, wrapper.findAll('section li')]).toEqual([undefined, []])
  })
})

describe('notifications dialog › email', () => {
  beforeEach(() => void new FakePush())
  const mail = { address: 'li@example.org', verified: false, delayMinutes: 15 }

  it('is offered only by a server that sends it', async () => {
    expect((await show()).wrapper.find('#mail-address').exists()).toBe(false)
    expect((await show({ hasMail: true })).wrapper.find('#mail-address').exists()).toBe(true)
  })

  it('takes an address, says that it has to be confirmed, and sends the link again', async () => {
    const { fixture, answer, wrapper, text, press } = await show({ hasMail: true })
    const form = wrapper.get('#mail-address').element.closest('form') ?? expect.fail('is in a form')
    const submit = async () => {
      form.dispatchEvent(new Event('submit', { cancelable: true }))
      await flushPromises()
    }
    await wrapper.get('#mail-address').setValue('nobody')
    await submit()
    expect(wrapper.get('#mail-fault').text()).toBe('Enter a valid email address.')
    await wrapper.get('#mail-address').setValue(' li@example.org ')
    await submit()
    expect(fixture.sent('set-notifications')).toMatchObject({ mail: { address: 'li@example.org', delayMinutes: 15 } })
    await answer('set-notifications', { hasMail: true, mail })
    expect(text()).toContain('A link was sent to li@example.org')
    expect(wrapper.find('#mail-delay').exists()).toBe(false)
    await press('Send the link again')
    await fixture.refuse('set-notifications', 'too-fast')
    await expect.poll(() => wrapper.get('#mail-fault').text()).toContain('Too fast')
  })

  it('says that the mail server refuses an address, until another one is typed', async () => {
    const { wrapper } = await show({ hasMail: true, mail: { ...mail, refused: true } })
    expect(wrapper.get('#mail-state').text()).toContain('The mail server refuses this address.')
    expect(wrapper.get('#mail-state').classes()).toEqual(['dialog-error'])
    await wrapper.get('#mail-address').setValue('li@example.net')
    expect(wrapper.get('#mail-state').text()).toBe('')
  })

  it('has a delay once the address is confirmed, and can be removed', async () => {
    const { fixture, answer, wrapper, press, text } = await show({ hasMail: true, mail: { ...mail, verified: true } })
    expect(text()).toContain('Confirmed.')
    await wrapper.get('#mail-delay').setValue('240')
    expect(fixture.sent('set-notifications')).toMatchObject({ mail: { address: mail.address, delayMinutes: 240 } })
    await answer('set-notifications', { hasMail: true, mail: { ...mail, verified: true, delayMinutes: 240 } })
    expect(
      wrapper
        .get('#mail-delay')
        .findAll('option')
        .map((one) => one.text()),
    ).toEqual(['5 minutes', '15 minutes', '30 minutes', '1 hour', '4 hours', '1 day'])
    await press('Remove address')
    expect(fixture.sent('set-notifications')).toMatchObject({ mail: null })
  })
})

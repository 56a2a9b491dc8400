// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { nextTick, watch } from 'vue'
import { locationOf, type Navigation, pathOf, useNavigation } from '../../../src/client/navigation/navigation.ts'

describe('address', () => {
  it.each([
    ['/', { room: 'lobby', target: undefined }],
    ['/rooms/lobby', { room: 'lobby', target: undefined }],
    ['/rooms/oolong/12', { room: 'oolong', target: 12 }],
    ['/rooms/%E4%B8%83%E7%A2%97/', { room: '七碗', target: undefined }],
    ['/rooms/a%2Fb', { room: 'a/b', target: undefined }],
  ])('names a room and perhaps a message: %s', (path, place) => {
    expect(locationOf(path)).toEqual(place)
  })

  it.each(['/signin', '/rooms', '/rooms/', '/rooms/%', '/rooms/oolong/x', '/rooms/a/1/2'])(
    'is not a room: %s',
    (path) => {
      expect(locationOf(path)).toBeUndefined()
    },
  )

  it.each(['lobby', 'oolong', '七 碗/茶?#%', '..'])('of a room leads to it: %s', (room) => {
    expect(locationOf(pathOf(room))).toEqual({ room, target: undefined })
    expect(locationOf(pathOf(room, 7))).toEqual({ room, target: 7 })
  })
})

describe('navigation', () => {
  function start(initialRoom = 'lobby'): Navigation & { leave: () => void } {
    let navigation: Navigation | undefined
    const wrapper = mount({
      setup() {
        navigation = useNavigation(initialRoom)
        return () => null
      },
    })
    if (!navigation) throw new Error('The component was not set up.')
    return { ...navigation, leave: () => wrapper.unmount() }
  }

  it('starts in the room of the page, at the message of the address', () => {
    history.replaceState(null, '', '/rooms/oolong/12')
    const { here, target } = start('oolong')
    expect([here.value, target.value]).toEqual(['oolong', { id: 12 }])
  })

  it('changes the address with the room, and back', () => {
    const { here, target, go, leave } = start()
    const before = history.length
    go('oolong', 3)
    expect([location.pathname, here.value, target.value]).toEqual(['/rooms/oolong/3', 'oolong', { id: 3 }])
    expect(history.length).toBe(before + 1)
    go('lobby')
    expect([location.pathname, here.value, target.value]).toEqual(['/', 'lobby', undefined])
    history.replaceState(null, '', '/rooms/oolong/3')
    window.dispatchEvent(new PopStateEvent('popstate'))
    expect([here.value, target.value]).toEqual(['oolong', { id: 3 }])
    leave()
  })

  it('adds no history for the current address, and shows the message again', async () => {
    const { target, go } = start()
    go('oolong', 3)
    const before = history.length
    let shown = 0
    watch(target, () => shown++)
    go('oolong', 3)
    await nextTick()
    expect(shown).toBe(1)
    expect(history.length).toBe(before)
  })

  it('names no room in the address when no room is left', () => {
    const { here, replaceWith, leave } = start('oolong')
    history.replaceState(null, '', '/rooms/oolong/3')
    replaceWith(undefined)
    expect([location.pathname, here.value]).toEqual(['/', ''])
    leave()
  })

  it('stops listening when it is disposed', () => {
    const { here, leave } = start()
    leave()
    history.replaceState(null, '', '/rooms/oolong')
    window.dispatchEvent(new PopStateEvent('popstate'))
    expect(here.value).toBe('lobby')
  })
})

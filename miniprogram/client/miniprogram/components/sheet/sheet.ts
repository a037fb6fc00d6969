// A sheet asks one thing over the page, within reach of the thumb.
Component({
  properties: {
    open: Boolean,
    name: String,
  },

  methods: {
    close() {
      this.triggerEvent('close')
    },

    // The page below does not move while the sheet is open.
    still() {},
  },
})

"""The door. Streamlit runs this file for each look; the server imports it once, for what stands before any look."""

import streamlit as st

if __name__ == "__main__":
    from pages.parts.menu import open_page

    open_page()
else:
    from pages.parts.entrance import MIDDLEWARE, leave_pages_to_the_menu, make_room_for_lines

    leave_pages_to_the_menu()
    make_room_for_lines()
    app = st.App(__file__, middleware=MIDDLEWARE)

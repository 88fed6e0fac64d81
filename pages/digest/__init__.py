"""The morning's mail: what needs each team lead today, and how the week was. Run by a timer, read in a mail program."""

import logging

# It says on being read that it keeps nothing for long where no server runs; here nothing is to be kept.
logging.getLogger("streamlit.runtime.caching.cache_data_api").disabled = True

"""The page that answers pictures in the browser: a static site, whose pictures never leave the machine.

`page/` holds the site's own files (HTML, CSS, ES modules); `site` lays them out beside the networks and
onnxruntime-web.
"""

import HTTPTypes
import Hummingbird
import NIOCore

/// `/docs`: the document as a page of one file, which asks nothing of any other machine.
enum DocsPage {
    /// The page.
    static var response: Response {
        Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    private static let headers: HTTPFields = {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-cache"]
        headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
        headers[.xContentTypeOptions] = "nosniff"
        return headers
    }()

    private static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Needletail API</title>
        <style>\(style)</style>
        </head>
        <body>
        <nav>
          <a class="name" href="#top">Needletail <small id="version"></small></a>
          <input id="filter" type="search" placeholder="Filter" aria-label="Filter routes">
          <div id="index"></div>
        </nav>
        <main id="top">
          <header>
            <h1>API</h1>
            <p id="intro"></p>
            <p><a href="/openapi.json">openapi.json</a>, OpenAPI 3.1, for tools that make clients.</p>
            <label class="key">API key <input id="key" type="password" autocomplete="off"
              placeholder="none is asked for"></label>
          </header>
          <div id="routes"><p class="quiet">Loading…</p></div>
        </main>
        <script>\(script)</script>
        </body>
        </html>
        """
}

// What the machine allows: Kestrel alone, answering bytes from memory. Arguments: the port, then files; each is served under its name.
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
var app = builder.Build();
foreach (var file in args[1..])
{
    var body = File.ReadAllBytes(file);
    app.Map($"/{Path.GetFileName(file)}", context =>
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.ETag = "\"in-memory\"";
        return context.Response.Body.WriteAsync(body).AsTask();
    });
}

app.Run();

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# What decides the packages comes first: an edit of the code then restores nothing.
COPY global.json Directory.*.props Consultation.csproj ./
RUN dotnet restore --use-current-runtime -p:Configuration=Release -p:PublishReadyToRun=true
COPY . .
RUN dotnet publish Consultation.csproj --no-restore --use-current-runtime --self-contained false \
      -c Release -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFile=false -o /app

# Chiseled: no shell, no package manager, and the user is not root. "extra" is the one with ICU and tzdata: IANA zones need them.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Consultation" \
      org.opencontainers.image.description="Customers find a consultation slot and book it, staff generate slots" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
WORKDIR /app
COPY --from=build /app .
# The diagnostics socket would need a folder to write to, and the root file system may be read-only.
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
EXPOSE 8080
USER $APP_UID
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 CMD ["dotnet", "Consultation.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "Consultation.dll"]
